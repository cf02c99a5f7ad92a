"""The phrases of classrooms, by language: subjects, titles, questions and comments.

For a language without a page here, Faker makes the subjects, topics and comments.
"""

# ruff: noqa: RUF001  school books print the multiplication sign, and mean it

from typing import NamedTuple


class Phrases(NamedTuple):
    """One language's page.

    Attributes:
        subjects: the topics of each subject; arithmetic belongs to the first subject.
        boards, schools: names, with room for a `{city}` or a `{surname}`.
        resources, textbook, course, practice: titles, with room for `{subject}`, `{topic}`, `{grade}`, `{n}`.
        comments: what learners write below content, with room for a `{name}`.
        reckoning: the titles of sets of arithmetic.
        knowledge: the titles of sets of facts.
        facts: questions that have one answer, each with the answer first among its options.
        pairs: pairs such as states and their capitals; `pairing` asks for them.
        product, total, difference, quotient, following, multiples, matching, blank: questions of arithmetic.
    """

    subjects: dict[str, tuple[str, ...]]
    boards: tuple[str, ...]
    schools: tuple[str, ...]
    resources: tuple[str, ...]
    textbook: str
    course: str
    practice: str
    comments: tuple[str, ...]
    reckoning: tuple[str, ...]
    knowledge: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    pairing: str
    pairs: tuple[tuple[str, str], ...]
    product: str
    total: str
    difference: str
    quotient: str
    following: str
    multiples: str
    matching: str
    blank: str


ENGLISH = Phrases(
    subjects={
        "Mathematics": (
            "Fractions", "Decimals", "Integers", "Ratio and Proportion", "Lines and Angles", "Perimeter and Area",
            "Data Handling", "Linear Equations", "Triangles", "Probability",
        ),
        "Science": (
            "Light and Shadows", "Acids and Bases", "Photosynthesis", "Force and Motion", "Electricity", "Cells",
            "The Human Body", "Air Around Us", "Water", "Sources of Energy",
        ),
        "English": (
            "Nouns and Pronouns", "Tenses", "Reading Comprehension", "Poetry", "Letter Writing", "Prepositions",
            "Active and Passive Voice", "Vocabulary",
        ),
        "Social Science": (
            "Our Constitution", "The Earth", "Maps", "Medieval India", "Resources", "Democracy",
            "Freedom Movement", "Climate",
        ),
        "Environmental Studies": (
            "Plants Around Us", "Family and Friends", "Food We Eat", "Travel", "Shelter", "Animals", "Festivals",
        ),
        "Computer Science": (
            "Parts of a Computer", "The Internet", "Spreadsheets", "Algorithms", "Python Basics", "Cyber Safety",
        ),
    },
    boards=("Board of Secondary Education, {city}", "State Council of Educational Research, {city}",
            "{surname} Education Foundation", "Directorate of School Education, {city}"),
    schools=("Government High School, {city}", "Kendriya Vidyalaya, {city}", "{surname} Public School, {city}",
             "Zilla Parishad School, {city}", "{surname} Memorial School"),
    resources=("{topic}", "{topic}: Explanation", "{topic} - Video", "{topic}: Worksheet", "Let us learn {topic}",
               "{topic}: Examples"),
    textbook="{subject} Textbook, Class {grade}",
    course="{topic} for Teachers of Class {grade}",
    practice="{topic}: Practice Set {n}",
    comments=(
        "Good", "Very nice", "Very helpful for my exam", "Nice explanation", "Thank you {name} sir",
        "Easy to understand", "Video is not clear", "Sound is too low", "Please add more questions",
        "The third question has a wrong answer", "My daughter {name} likes this lesson", "Not loading on my phone",
        "Best content, thanks to {name} madam", "Please give this in Hindi also",
        "Too long but useful 👍", "Excellent!! Our whole class watched it",
    ),
    reckoning=("Addition and Subtraction", "Multiplication Tables", "Division", "Number Patterns", "Mental Arithmetic",
               "Operations on Whole Numbers", "Factors and Multiples"),
    knowledge="General Knowledge",
    pairing="Match each state with its capital.",
    pairs=(("Rajasthan", "Jaipur"), ("Assam", "Dispur"), ("Kerala", "Thiruvananthapuram"), ("Bihar", "Patna"),
           ("Gujarat", "Gandhinagar"), ("Odisha", "Bhubaneswar"), ("Karnataka", "Bengaluru"),
           ("Maharashtra", "Mumbai"), ("Uttar Pradesh", "Lucknow"), ("Himachal Pradesh", "Shimla")),
    facts=(
        ("What is the capital of Rajasthan?", ("Jaipur", "Jodhpur", "Udaipur", "Kota")),
        ("Which gas do plants take in for photosynthesis?", ("Carbon dioxide", "Oxygen", "Nitrogen", "Hydrogen")),
        ("Which part of the plant makes its food?", ("Leaf", "Root", "Stem", "Flower")),
        ("Which planet is nearest to the Sun?", ("Mercury", "Venus", "Mars", "Earth")),
        ("Who wrote the national anthem of India?",
         ("Rabindranath Tagore", "Bankim Chandra Chatterjee", "Sarojini Naidu", "Muhammad Iqbal")),
        ("What is the plural of child?", ("children", "childs", "childes", "childrens")),
        ("Which of these words is a verb?", ("run", "quick", "table", "slowly")),
        ("How many sides does a hexagon have?", ("6", "5", "7", "8")),
        ("Which instrument measures temperature?", ("Thermometer", "Barometer", "Ammeter", "Hygrometer")),
        ("Which festival is called the festival of lights?", ("Diwali", "Holi", "Onam", "Eid")),
        ("What do we call a baby cow?", ("Calf", "Cub", "Kid", "Foal")),
        ("Who was the first Prime Minister of India?",
         ("Jawaharlal Nehru", "Lal Bahadur Shastri", "Indira Gandhi", "Rajendra Prasad")),
        ("Which metal is liquid at room temperature?", ("Mercury", "Iron", "Copper", "Silver")),
        ("In which year did India become independent?", ("1947", "1950", "1942", "1930")),
        ("Which is the longest river of these?", ("Ganga", "Kaveri", "Tapi", "Mahi")),
        ("Which organ pumps blood through the body?", ("Heart", "Lungs", "Liver", "Kidney")),
    ),
    product="What is {a} × {b}?",
    total="What is {a} + {b}?",
    difference="What is {a} - {b}?",
    quotient="What is {a} ÷ {b}?",
    following="Which number comes next: {row}?",
    multiples="Which of these are multiples of {a}?",
    matching="Match each sum with its answer.",
    blank="Fill in the blank: {sum}",
)  # fmt: skip

HINDI = Phrases(
    subjects={
        "गणित": (
            "भिन्न", "दशमलव", "पूर्णांक", "अनुपात और समानुपात", "रेखाएँ और कोण", "परिमाप और क्षेत्रफल",
            "आँकड़ों का प्रबंधन", "सरल समीकरण", "त्रिभुज", "प्रायिकता",
        ),
        "विज्ञान": (
            "प्रकाश और छाया", "अम्ल और क्षार", "प्रकाश संश्लेषण", "बल और गति", "विद्युत", "कोशिका",
            "मानव शरीर", "हमारे चारों ओर वायु", "जल", "ऊर्जा के स्रोत",
        ),
        "हिंदी": ("संज्ञा और सर्वनाम", "काल", "अपठित गद्यांश", "कविता", "पत्र लेखन", "विलोम शब्द", "मुहावरे", "संधि"),
        "सामाजिक विज्ञान": (
            "हमारा संविधान", "पृथ्वी", "मानचित्र", "मध्यकालीन भारत", "संसाधन", "लोकतंत्र", "स्वतंत्रता आंदोलन", "जलवायु",
        ),
        "पर्यावरण अध्ययन": ("हमारे आसपास के पौधे", "परिवार और मित्र", "भोजन", "यात्रा", "आवास", "जंतु", "त्योहार"),
        "संस्कृत": ("वर्णमाला", "शब्द रूप", "धातु रूप", "सुभाषितानि", "कारक"),
    },
    boards=("माध्यमिक शिक्षा बोर्ड, {city}", "राज्य शैक्षिक अनुसंधान परिषद, {city}", "{surname} शिक्षा संस्थान"),
    schools=("राजकीय उच्च माध्यमिक विद्यालय, {city}", "केंद्रीय विद्यालय, {city}", "{surname} विद्या मंदिर, {city}",
             "सरस्वती शिशु मंदिर, {city}"),
    resources=("{topic}", "{topic}: परिचय", "{topic} - वीडियो", "{topic}: अभ्यास पत्र", "आओ सीखें: {topic}", "{topic}: उदाहरण"),
    textbook="{subject}, कक्षा {grade}",
    course="{topic}: कक्षा {grade} के शिक्षकों के लिए",
    practice="{topic}: अभ्यास {n}",
    comments=(
        "अच्छा है", "बहुत बढ़िया", "बहुत उपयोगी", "अच्छी तरह समझाया", "धन्यवाद {name} जी", "वीडियो साफ नहीं है",
        "आवाज़ बहुत धीमी है", "और प्रश्न जोड़िए", "तीसरे प्रश्न का उत्तर गलत है", "मेरी बेटी {name} को यह पाठ पसंद है",
        "फ़ोन पर नहीं खुल रहा", "{name} मैडम का बहुत आभार 🙏", "परीक्षा के लिए बहुत काम का",
    ),
    reckoning=("जोड़ और घटाव", "पहाड़े", "भाग", "संख्या पैटर्न", "मौखिक गणित", "पूर्ण संख्याओं पर संक्रियाएँ", "गुणनखंड और गुणज"),
    knowledge="सामान्य ज्ञान",
    pairing="प्रत्येक राज्य को उसकी राजधानी से मिलाइए।",
    pairs=(("राजस्थान", "जयपुर"), ("असम", "दिसपुर"), ("केरल", "तिरुवनंतपुरम"), ("बिहार", "पटना"), ("गुजरात", "गांधीनगर"),
           ("ओडिशा", "भुवनेश्वर"), ("कर्नाटक", "बेंगलुरु"), ("महाराष्ट्र", "मुंबई"), ("उत्तर प्रदेश", "लखनऊ"),
           ("हिमाचल प्रदेश", "शिमला")),
    facts=(
        ("राजस्थान की राजधानी क्या है?", ("जयपुर", "जोधपुर", "उदयपुर", "कोटा")),
        ("पौधे प्रकाश संश्लेषण में कौन सी गैस लेते हैं?", ("कार्बन डाइऑक्साइड", "ऑक्सीजन", "नाइट्रोजन", "हाइड्रोजन")),
        ("पौधे का कौन सा भाग भोजन बनाता है?", ("पत्ती", "जड़", "तना", "फूल")),
        ("सूर्य के सबसे निकट कौन सा ग्रह है?", ("बुध", "शुक्र", "मंगल", "पृथ्वी")),
        ("भारत का राष्ट्रगान किसने लिखा?", ("रवींद्रनाथ ठाकुर", "बंकिम चंद्र चट्टोपाध्याय", "सरोजिनी नायडू", "मुहम्मद इक़बाल")),
        ("'दिन' का विलोम शब्द क्या है?", ("रात", "सुबह", "शाम", "दोपहर")),
        ("षट्भुज की कितनी भुजाएँ होती हैं?", ("6", "5", "7", "8")),
        ("तापमान किससे मापा जाता है?", ("थर्मामीटर", "बैरोमीटर", "अमीटर", "हाइग्रोमीटर")),
        ("भारत के पहले प्रधानमंत्री कौन थे?", ("जवाहरलाल नेहरू", "लाल बहादुर शास्त्री", "इंदिरा गांधी", "राजेंद्र प्रसाद")),
        ("कौन सा त्योहार दीपों का त्योहार कहलाता है?", ("दीपावली", "होली", "ओणम", "ईद")),
        ("गाय के बच्चे को क्या कहते हैं?", ("बछड़ा", "शावक", "मेमना", "पिल्ला")),
        ("कौन सी धातु सामान्य ताप पर द्रव होती है?", ("पारा", "लोहा", "ताँबा", "चाँदी")),
        ("भारत किस वर्ष स्वतंत्र हुआ?", ("1947", "1950", "1942", "1930")),
        ("शरीर में रक्त को कौन सा अंग पंप करता है?", ("हृदय", "फेफड़े", "यकृत", "वृक्क")),
    ),
    product="{a} × {b} कितने होते हैं?",
    total="{a} + {b} कितने होते हैं?",
    difference="{a} - {b} कितने होते हैं?",
    quotient="{a} ÷ {b} कितने होते हैं?",
    following="अगली संख्या कौन सी है: {row}?",
    multiples="इनमें से कौन सी संख्याएँ {a} की गुणज हैं?",
    matching="प्रत्येक योग को उसके उत्तर से मिलाइए।",
    blank="रिक्त स्थान भरिए: {sum}",
)  # fmt: skip

ANY = Phrases(
    subjects={},
    boards=("{surname} {city}", "{company}"),
    schools=("{city} {surname}", "{company}, {city}"),
    resources=("{topic}",),
    textbook="{subject} {grade}",
    course="{topic} {grade}",
    practice="{topic} {n}",
    comments=(),
    reckoning=(),
    knowledge="",
    pairing="",
    pairs=(),
    facts=(),
    product="{a} × {b} = ?",
    total="{a} + {b} = ?",
    difference="{a} - {b} = ?",
    quotient="{a} ÷ {b} = ?",
    following="{row}, ?",
    multiples="{a} × n = ?",
    matching="a + b = ?",
    blank="{sum}",
)

PAGES = {"en": ENGLISH, "hi": HINDI}
"""The page of each language that has one."""
