//! Names of months in datelines, where they stand in small letters.

/// In small letters, with the short forms that agencies write: Russian, Spanish, Portuguese, French, and Arabic.
const MONTHS: &str = "
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    янв фев мар апр июн июл авг сен сент окт ноя нояб дек
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    ene feb mar abr may jun jul ago sep sept oct nov dic
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    jan fev mai set out dez
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    janv févr avr juil déc
    يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس اغسطس سبتمبر أكتوبر اكتوبر نوفمبر ديسمبر
";

/// Whether a word is the name of a month.
pub(super) fn is_month(word: &str) -> bool {
    let word = word.to_lowercase();
    MONTHS.split_whitespace().any(|month| month == word)
}
