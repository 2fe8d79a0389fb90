//! Names of months and days of the week, and written numerals.
//!
//! A date is a weak fact: the same story is told on Monday and on Tuesday. In many languages these words are written
//! with a capital, and would pass for names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Lowercase, by language: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish (both cases of the
/// months), Russian (both cases), Greek (both cases), Turkish.
const WORDS: &str = "
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    januar jänner februar märz mai juni juli oktober dezember
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    lundi mardi mercredi jeudi vendredi samedi dimanche
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    januari februari maart mei augustus
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę
    январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье
    ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αύγουστος σεπτέμβριος οκτώβριος νοέμβριος δεκέμβριος
    ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
    δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    pazartesi salı çarşamba perşembe cuma cumartesi pazar
";

/// Chinese and Japanese numerals. 一 is left out, for it is in many words that are no numbers.
const NUMERALS: &str = "〇零二三四五六七八九十百千万萬亿億两兩";

/// Whether a word, in lower case, names a month or a day.
pub(super) fn is_date(word: &str) -> bool {
    // Every word of a pair of texts is asked for: going through the list took nine tenths of the time of relating them.
    static DATES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());
    DATES.contains(word)
}

/// Whether a word is, or has, a number.
pub(super) fn is_number(word: &str) -> bool {
    if word.is_ascii() {
        return word.bytes().any(|byte| byte.is_ascii_digit());
    }
    word.chars().any(|c| c.is_numeric() || NUMERALS.contains(c))
}
