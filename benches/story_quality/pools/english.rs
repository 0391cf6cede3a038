//! What made-up articles in English are made of.

use super::Pool;

pub(super) static ENGLISH: Pool = Pool {
    language: "en",
    places: &[
        "Bristol",
        "Leeds",
        "Cardiff",
        "Norwich",
        "Dundee",
        "Plymouth",
        "Sheffield",
        "Derby",
        "Lincoln",
        "Exeter",
    ],
    people: &[
        "Helen Marsh",
        "Tom Okafor",
        "Priya Nair",
        "George Whitlock",
        "Anna Kowalska",
        "David Pryce",
        "Ruth Ellery",
        "Samuel Boyd",
    ],
    things: &[
        "a new tram line",
        "the riverside market",
        "a flood barrier",
        "the night bus",
        "a children's hospital",
        "the old library",
        "a solar farm",
        "the swimming pool",
        "a cycle path",
        "the harbour bridge",
    ],
    firms: &[
        "Northgate Rail",
        "Harlow Foods",
        "Tideway Energy",
        "Castle Homes",
        "Brightwell Care",
        "Pennine Steel",
    ],
    openings: &[
        [
            "{p} opens {t} after {n} months of work",
            "Thousands lined the streets of {p} on Tuesday as {t} opened to the public after {n} months of work and a bill of {m} thousand pounds.",
            "Crowds as {p} opens {t}",
            "There was cheering in {p} when the ribbon was cut on {t}, {n} months in the making and paid for with {m} thousand pounds.",
        ],
        [
            "Council in {p} backs plans for {t}",
            "Councillors in {p} voted by {n} to 11 late on Monday to approve plans for {t}, ending a dispute that has divided neighbours for years.",
            "{p} council votes for {t}",
            "A long quarrel about {t} ended with a vote of {n} to 11 in the chamber at {p}, where members went home well after dark.",
        ],
        [
            "{f} to build {t} in {p}",
            "{f} has won a contract worth {m} thousand pounds to build {t} in {p}, the company said, promising {n} apprenticeships.",
            "{f} wins contract for {t} in {p}",
            "A deal of {m} thousand pounds brings {f} to {p}; {n} apprentices will be taken on for {t}.",
        ],
        [
            "Row over {t} in {p} goes to court",
            "Residents of {p} who have fought against {t} said they would go to court, accusing {f} of ignoring {m} letters.",
            "{p} residents sue over {t}",
            "After {m} letters that {f} left unanswered, opponents of {t} in {p} are taking the matter before a judge.",
        ],
    ],
    sentences: &[
        "\"We have waited for this since I was a girl,\" said {s}, who runs a bakery around the corner.",
        "The project was delayed twice, first by a strike and then by the discovery of a Roman drain {n} feet below the road.",
        "Engineers from {f} worked through {n} nights in a row to finish before the school holidays.",
        "Critics say the money would have been better spent on buses in the villages.",
        "A spokesman for the council said that every penny would be accounted for in a public report.",
        "{s}, a lecturer in urban planning, called it the most careful consultation she had ever seen.",
        "Around {m} people are expected to use it every week, more than half of them pensioners.",
        "Traders complained that scaffolding had hidden their shop windows for most of the spring.",
        "Police closed two lanes for the ceremony and reported no incidents.",
        "The mayor thanked the volunteers, {n} of whom received a small silver badge.",
        "Work on a second phase could start next year if the ministry agrees to share the cost.",
        "Environmental campaigners counted {n} species of bird on the site and want the reed beds fenced off.",
        "It is the first scheme of its kind in the county to be paid for without borrowing.",
        "Parents at the primary school next door had asked for a crossing, and one was painted overnight.",
        "{s} remembers when trains still stopped here and farmers sold eggs on the platform.",
        "An independent audit found that {m} tonnes of rubble had been reused.",
        "Visitors came from as far as the coast, many of them with cameras.",
        "Ticket prices will stay as they are until at least the autumn.",
    ],
    words: "before dawn after rain during lunch candle miner teacher plumber organist clerk \
        beekeeper student ferryman carried repaired counted painted dug wrote borrowed box map \
        clock chair ledger gate letter pear key window kettle ladder bucket violin curtain \
        pocket shelf lantern barrel saddle blanket mirror wheel button ribbon hammer garden \
        chimney orchard meadow harbour attic cellar kitchen stable chapel quarry cousin widow \
        baker sailor painter captain nurse tailor shepherd butcher quietly twice slowly again \
        nearly always seldom gladly loudly rarely rusty narrow heavy golden broken gentle \
        crooked frozen hollow wooden lent found kept sold lost hid threw built mended folded \
        packed washed tied swept beside under across behind without against",
};
