//! What made-up articles in German are made of.

use super::Pool;

pub(super) static GERMAN: Pool = Pool {
    language: "de",
    places: &[
        "Kassel",
        "Göttingen",
        "Fulda",
        "Marburg",
        "Erfurt",
        "Paderborn",
        "Würzburg",
        "Bamberg",
        "Regensburg",
        "Oldenburg",
    ],
    people: &[
        "Jutta Brandes",
        "Klaus Ohlendorf",
        "Miriam Seidel",
        "Thomas Riedl",
        "Ayse Demir",
        "Werner Kolb",
    ],
    things: &[
        "die neue Straßenbahn",
        "das Freibad",
        "der Wochenmarkt",
        "die Fuldabrücke",
        "das Stadtarchiv",
        "der Windpark",
        "die Kinderklinik",
        "der Radweg",
    ],
    firms: &[
        "Nordhessen Bau",
        "Werra Energie",
        "Lindner Verkehr",
        "Stadtwerke Mitte",
        "Hofmann Technik",
    ],
    openings: &[
        [
            "{p}: {t} nach {n} Monaten fertig",
            "Nach {n} Monaten Bauzeit ist es so weit: In {p} wurde am Dienstag {t} eröffnet, die Kosten liegen bei {m} Tausend Euro.",
            "{t} in {p} ist eröffnet",
            "Am Dienstag fiel in {p} das Band: {t} kostete {m} Tausend Euro, gearbeitet wurde {n} Monate lang.",
        ],
        [
            "Streit um {t} in {p}",
            "Im Streit um {t} hat das Stadtparlament von {p} am Montagabend mit {n} Stimmen für den Entwurf von {f} entschieden.",
            "{p} stimmt über {t} ab",
            "{n} Stimmen gaben in {p} den Ausschlag, {f} darf planen; über {t} war seit Jahren gezankt worden.",
        ],
        [
            "{f} plant {t} für {p}",
            "{f} will in {p} bauen: Bis zum Herbst soll {t} kommen, rund {m} Tausend Euro sind dafür vorgesehen.",
            "{t} für {p}: {f} macht Ernst",
            "Für {t} nimmt {f} in {p} rund {m} Tausend Euro in die Hand, schon im Herbst soll alles stehen.",
        ],
    ],
    sentences: &[
        "„Darauf haben wir lange gewartet“, sagte {s}, die um die Ecke eine Buchhandlung betreibt.",
        "Zweimal musste der Zeitplan geändert werden, weil unter der Straße alte Leitungen auftauchten.",
        "Nach Angaben der Stadt wurden {n} Bäume gefällt und doppelt so viele neu gepflanzt.",
        "Kritiker bemängeln, dass die Ortsteile am Rand wieder einmal leer ausgehen.",
        "Der zuständige Dezernent {s} verwies auf die Fördermittel des Landes, die sonst verfallen wären.",
        "Rund {m} Menschen pro Woche sollen künftig davon profitieren.",
        "Händler klagten über ausbleibende Kundschaft während der Sperrung.",
        "Die Polizei meldete einen ruhigen Verlauf, lediglich ein Fahrrad wurde gestohlen.",
        "Ein zweiter Abschnitt könnte im kommenden Jahr beginnen, sofern der Bund zustimmt.",
        "Ein Gutachten hatte {n} Mängel aufgelistet, die inzwischen behoben sind.",
        "Für Schulklassen gibt es bis zu den Ferien kostenlose Führungen.",
        "Die Bürgerinitiative sammelte {m} Unterschriften und will weiter mitreden.",
        "{s} erinnerte an die Zeit, als hier noch Dampfloks hielten.",
        "Die Preise bleiben nach Auskunft der Verwaltung vorerst stabil.",
        "Am Nachmittag spielte die Musikschule, am Abend gab es ein Feuerwerk.",
        "Anwohner hatten sich mehr Schatten gewünscht, nun kommen {n} Linden dazu.",
    ],
    words: "morgens abends heimlich langsam selten gerne zweimal niemals räumte zählte strich fand \
        verlor baute flickte trug holte malte schrieb suchte tauschte Imker Küsterin Lehrling \
        Wirt Schülerin Rentner Organistin Bäcker Fährmann Schäfer Korbstuhl Landkarte Gießkanne \
        Liederheft Fensterladen Laterne Kassenbuch Birnenkiste Leiter Eimer Geige Vorhang Regal \
        Fass Sattel Decke Spiegel Knopf Hammer Schornstein Wiese Dachboden Keller Stall Kapelle \
        Steinbruch rostig schmal schwer golden kaputt sanft krumm gefroren hohl hölzern neben \
        unter hinter ohne gegen alte neue kleine letzte erste halbe ganze fremde",
};
