"""Tables of words of weight: negations, numerals, magnitudes, parts of dates, negating prefixes."""

from __future__ import annotations

NEGATIONS = frozenset(
    # English, with the t of n't
    "no not never none nobody nothing neither nor nowhere without cannot t hardly barely scarcely seldom rarely"
    # English without the apostrophe
    " aint isnt arent wasnt werent dont doesnt didnt wont wouldnt cant couldnt shouldnt hasnt havent hadnt"
    " mustnt neednt"
    # German; Dutch; Danish, Norwegian, Swedish
    " nicht kein keine keinen keinem keiner keines nie niemals nichts niemand niemanden niemandem keinerlei"
    " weder nirgends kaum ohne niet geen niemand nergens nauwelijks nooit niets zonder ikke ingen intet aldri"
    " inte inga inget ingenting aldrig uden uten utan"
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    " ne n pas jamais rien sans aucun aucune guère non mai niente nemmeno neanche neppure nessun nessuno nessuna"
    " senza ni nunca nada nadie ningún ninguno ninguna tampoco jamás sin apenas res não nem ninguém sem nenhum"
    " nenhuma nu niciodată nimic fără"
    # Polish; Czech, Slovak; Croatian; Russian; Ukrainian; Bulgarian; Greek
    " nigdy nic bez nikdy nikdo žádný nema не нет ни без нельзя никто ничто ничего никого никогда никакой"
    " никаких нигде едва ні немає няма δεν μην όχι χωρίς"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " değil yok hayır hiç ei eivät nem nincs nélkül nėra nav pole mitte"
    # Arabic; Hebrew; Persian; Hindi; Indonesian; Vietnamese; Korean
    " لا لم لن ليس ليست دون بدون غير לא אין בלי אינו نه نیست नहीं न मत बिना tidak bukan tanpa không chưa 안 못 없다"
    " 아니다"
    # Chinese; Japanese: words of one character
    " 不 没 沒 无 無 非 未 别 ぬ".split()
)
"""Common negations; a table to be documented and extended, never a list of phrases."""

NUMERALS = frozenset(
    # English
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety dozen dozens"
    # German; Dutch
    " zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig dutzend twee drie vijf"
    " zes zeven negen tien twaalf dertien veertien vijftien zestien zeventien twintig dertig veertig vijftig"
    " zestig zeventig tachtig negentig dozijn"
    # Danish, Norwegian, Swedish
    " tre fem seks syv sju otte åtte ni ti elleve tolv tretten fjorten femten seksten tyve tjue tredive tretti"
    " två fyra sex sju åtta nio tio elva tretton fjorton femton sexton tjugo trettio fyrtio femtio sextio"
    " sjuttio åttio nittio"
    # French; Italian
    " deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente"
    " quarante cinquante soixante cent cents douzaine due quattro cinque sette otto nove dieci undici dodici"
    " tredici quattordici quindici sedici venti trenta quaranta cinquanta sessanta settanta ottanta novanta"
    " cento dozzina"
    # Spanish, Catalan; Portuguese; Romanian
    " dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis veinte treinta"
    " cuarenta cincuenta sesenta setenta ochenta noventa cien ciento docena quatre cinc sis vuit vint dois duas"
    " três quatro sete oito dez onze doze treze quatorze quinze dezesseis vinte trinta quarenta cinquenta"
    " sessenta oitenta cem dúzia doi două trei patru șase șapte opt nouă zece douăzeci treizeci"
    # Polish; Czech, Slovak; Croatian
    " dwa dwie dwóch trzy trzech cztery czterech pięć pięciu sześć sześciu siedem siedmiu osiem ośmiu dziewięć"
    " dziesięć dziesięciu dwanaście dwadzieścia trzydzieści czterdzieści sto dva dvě dvou tři tří čtyři čtyř pět"
    " pěti šest šesti sedm osm devět deset deseti dvanáct dvacet třicet čtyřicet päť šesť sedem osem deväť desať"
    " dvadsať dvije četiri sedam osam devet dvadeset trideset"
    # Russian; Ukrainian; Bulgarian; Greek
    " два две двух три трёх трех четыре четырёх четырех пять пяти шесть шести семь семи восемь восьми девять"
    " десять десяти двенадцать двадцать тридцать сорок пятьдесят сто двое трое четверо пятеро дві чотири шість"
    " сім вісім десять двадцять тридцять пет шест седем осем девет десет двама трима δύο τρεις τρία τέσσερις"
    " τέσσερα πέντε έξι επτά οκτώ εννέα δέκα είκοσι τριάντα"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " iki üç dört beş altı yedi sekiz dokuz yirmi otuz kırk elli altmış yüz kaksi kolme neljä viisi kuusi"
    " seitsemän kahdeksan yhdeksän kymmenen kaksikymmentä kettő két három négy öt hét nyolc kilenc tíz húsz"
    " harminc dvi trys keturi penki šeši septyni aštuoni devyni dešimt divi trīs četri pieci seši septiņi astoņi"
    " deviņi desmit kaks kolm neli viis kuus seitse kaheksa üheksa kümme"
    # Indonesian; Vietnamese
    " dua tiga empat lima enam tujuh delapan sembilan sepuluh bốn năm sáu bảy tám chín mười".split()
)
"""Numbers from two that are written out; a word behind one is what is counted. In scripts without capitals every
word has weight."""

ORDINALS = frozenset(
    # English; German; Dutch
    "one first second third fourth fifth sixth seventh eighth ninth tenth half double twice thrice triple"
    " quarter quarters thirds erste ersten erster erstes zweite zweiten zweiter dritte dritten dritter vierte"
    " vierten halb halbe doppelt zweimal dreimal eerste tweede derde vierde vijfde"
    # French; Italian; Spanish, Portuguese
    " premier première deuxième second troisième quatrième cinquième moitié double fois terzo terza quarto metà"
    " doppio primero primera tercero tercera cuarto mitad doble primeiro primeira terceiro terceira metade dobro"
    # Polish; Czech; Russian
    " pierwszy pierwsza drugi druga trzeci czwarty połowa první druhý druhá třetí čtvrtý polovina первый первая"
    " второй вторая третий третья четвёртый половина вдвое".split()
)
"""Numbers whose next word is not counted: ordinals, halves, multiples."""

DATES = frozenset(
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    "lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août"
    " septembre octobre novembre décembre lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio"
    " febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre lunes martes"
    " miércoles jueves viernes sábado domingo enero febrero abril mayo junio julio septiembre octubre noviembre"
    " diciembre dilluns dimarts dimecres dijous divendres dissabte diumenge gener febrer març maig juny juliol"
    " agost setembre desembre terça quarta quinta sexta janeiro fevereiro março maio junho julho setembro"
    " outubro novembro dezembro luni marți miercuri joi vineri sâmbătă duminică ianuarie februarie martie"
    " aprilie iunie iulie septembrie octombrie noiembrie decembrie"
    # Dutch; Danish, Norwegian, Swedish
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart april mei juni juli"
    " augustus september oktober november december mandag tirsdag onsdag torsdag fredag lørdag søndag januar"
    " februar marts august desember måndag tisdag torsdag lördag söndag augusti"
    # Polish; Czech, Slovak; Croatian
    " poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę stycznia lutego marca"
    " kwietnia maja czerwca lipca sierpnia września października listopada grudnia pondělí úterý středa středu"
    " čtvrtek pátek neděle neděli ledna února března dubna května června července srpna září října listopadu"
    " prosince pondelok utorok streda stredu štvrtok piatok nedeľa ponedjeljak utorak srijeda četvrtak petak"
    " subota nedjelja"
    # Russian; Ukrainian; Bulgarian
    " понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье января февраля марта"
    " апреля мая июня июля августа сентября октября ноября декабря понеділок вівторок середа середу четвер"
    " субота неділя січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
    " понеделник вторник сряда четвъртък петък събота неделя януари февруари март април май юни юли август"
    " септември октомври ноември декември"
    # Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina tammikuuta helmikuuta"
    " maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"
    " hétfő kedd szerda csütörtök péntek szombat vasárnap hétfőn kedden szerdán csütörtökön pénteken szombaton"
    " vasárnap január február március április május június július augusztus szeptember október november december"
    " pirmadienį antradienį trečiadienį ketvirtadienį penktadienį šeštadienį sekmadienį sausio vasario kovo"
    " balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio pirmdien otrdien trešdien"
    " ceturtdien piektdien sestdien svētdien janvārī februārī martā aprīlī maijā jūnijā jūlijā augustā"
    " esmaspäeval teisipäeval kolmapäeval neljapäeval reedel laupäeval pühapäeval jaanuaril veebruaril märtsil"
    " aprillil juunil juulil augustil".split()
)
"""Days of the week and months in languages that write them small."""

UNSPACED_NEGATIONS = tuple("ない なか なく なけ ません ずに 不 没 沒 無 无 非 未 别 ไม่ มิได้ ห้าม ບໍ່ មិន".split())
"""Negations of more than one character, and others, in scripts without spaces."""

MAGNITUDES = frozenset(
    # English; German; Dutch; Danish, Norwegian, Swedish
    "hundred thousand thousands million millions billion billions trillion trillions bn mn lakh crore hundert"
    " tausend tausende million millionen milliarde milliarden billion billionen mio mrd honderd duizend miljoen"
    " miljard hundre hundrede tusen tusind millioner miljon miljoner milliard milliarder miljard miljarder"
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    " mille millier milliers millions milliard milliards migliaia milione milioni miliardo miliardi mil millón"
    " millones milers milió milions millar milhar milhares milhão milhões bilhão bilhões mii milion milioane"
    " miliard miliarde"
    # Polish; Czech, Slovak; Croatian; Russian; Ukrainian; Bulgarian; Greek
    " tysiąc tysiące tysięcy miliona milionów miliardy miliardów mln mld tys tisíc tisíce milión miliony"
    " miliónov miliardu miliarda miliárd tisuća tisuće milijun milijuna milijardi milijarda milijarde тысяча"
    " тысячи тысяч миллион миллиона миллионов миллиард миллиарда миллиардов млн млрд тыс тисяча тисячі тисяч"
    " мільйон мільйона мільйонів мільярд мільярда мільярдів хиляди милион милиона милиард милиарда χιλιάδες"
    " εκατομμύριο εκατομμύρια δισεκατομμύρια"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " milyon milyar tuhat tuhatta miljoona miljoonaa miljardi miljardia ezer millió milliárd tūkstančių"
    " milijonas milijonai milijonų milijardų tūkstoši miljoni miljonu miljardu miljonit miljardit"
    # Arabic; Hebrew; Persian; Hindi; Indonesian; Vietnamese
    " ألف آلاف مليون ملايين مليار אלף מיליון מיליארד هزار میلیون میلیارد हज़ार लाख करोड़ ribu juta miliar nghìn"
    " triệu tỷ".split()
)
"""Words that multiply a number; the word behind one is a unit. Those of one character are numerals instead."""
