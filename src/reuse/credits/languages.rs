//! Credits and near misses, language by language.

use super::{Credits, blank};

/// What is left of a text, and the agency that it is credited to.
fn judged(text: &str) -> (String, Option<String>) {
    let credits = Credits::default();
    let left = blank(text, &credits.find(text)).split_whitespace().collect::<Vec<_>>().join(" ");
    (left, credits.credited(text).map(str::to_owned))
}

#[test]
fn credits_in_many_languages_are_left_out_and_name_their_agency() {
    for (text, story, agency) in [
        ("WASHINGTON (AP) — The bill passed.", "The bill passed.", "AP"),
        ("By Ann Lee, Associated Press Writer\nPrices rose.", "Prices rose.", "AP"),
        ("(Bloomberg) -- Prices rose.", "Prices rose.", "Bloomberg"),
        ("Prices rose. — Reuters", "Prices rose.", "Reuters"),
        ("Prices rose. Copyright 2012 The Associated Press. All rights reserved.", "Prices rose.", "AP"),
        ("Berlin (dpa) - Es schneit.", "Es schneit.", "dpa"),
        ("Berlin, 5. Jan (Reuters) - Es schneit.", "Es schneit.", "Reuters"),
        ("Paris, 5 janv (Reuters) - Les prix montent.", "Les prix montent.", "Reuters"),
        ("PARIS (AFP) — Les prix montent.", "Les prix montent.", "AFP"),
        ("Les prix montent. (AFP)", "Les prix montent.", "AFP"),
        ("MADRID (EFE).- Suben los precios.", "Suben los precios.", "EFE"),
        ("Madrid, 5 ene (EFE).- Suben los precios.", "Suben los precios.", "EFE"),
        ("Bogotá, 5 de enero (Reuters) - Suben los precios.", "Suben los precios.", "Reuters"),
        ("Lisboa, 05 jan (Lusa) – Os preços subiram.", "Os preços subiram.", "Lusa"),
        ("SÃO PAULO (Reuters) - Os preços subiram.", "Os preços subiram.", "Reuters"),
        ("МОСКВА, 5 янв - РИА Новости. Идёт снег.", "Идёт снег.", "RIA Novosti"),
        ("МОСКВА, 5 января. /ТАСС/. Идёт снег.", "Идёт снег.", "TASS"),
        ("МОСКВА, 3 января (ТАСС) — Идёт снег.", "Идёт снег.", "TASS"),
        ("القاهرة (رويترز) - ارتفعت الأسعار اليوم.", "ارتفعت الأسعار اليوم.", "Reuters"),
        ("القاهرة 5 يناير (رويترز) - ارتفعت الأسعار.", "ارتفعت الأسعار.", "Reuters"),
        ("دمشق-سانا\nارتفعت الأسعار اليوم.", "ارتفعت الأسعار اليوم.", "SANA"),
        ("رام الله 5-1-2024 وفا- ارتفعت الأسعار.", "ارتفعت الأسعار.", "WAFA"),
        ("ارتفعت الأسعار اليوم. (أ ف ب)", "ارتفعت الأسعار اليوم.", "AFP"),
        ("(رويترز) - ارتفعت الأسعار.", "ارتفعت الأسعار.", "Reuters"),
        ("新华社北京1月5日电（记者王明）今天下雪。", "今天下雪。", "Xinhua"),
        ("新华社北京1月5日电 今天下雪。", "今天下雪。", "Xinhua"),
        ("中新社上海1月5日电 今天下雪。", "今天下雪。", "China News Service"),
        ("（中央社台北5日電）今天下雪。", "今天下雪。", "CNA"),
        ("今天下雪。(新华社)", "今天下雪。", "Xinhua"),
        ("今天下雪。（法新社）", "今天下雪。", "AFP"),
        ("【ワシントン共同】雪が降った。", "雪が降った。", "Kyodo"),
        ("【パリ時事】雪が降った。", "雪が降った。", "Jiji Press"),
        ("［東京 ５日 ロイター］ - 雪が降った。", "雪が降った。", "Reuters"),
        ("雪が降った。（共同）", "雪が降った。", "Kyodo"),
    ] {
        assert_eq!(judged(text), (story.to_owned(), Some(agency.to_owned())), "{text}");
    }
}

#[test]
fn a_text_that_mentions_an_agency_is_credited_to_none() {
    for text in [
        "Reuters said on Monday that prices rose.",
        "The agency (Reuters) - a large one - closed an office.",
        "He told the Associated Press that prices rose.",
        "MOSCOW - Interfax reported that it snowed.",
        "Representative Ann Lee (D-PA-11) said that it snowed.",
        "Ann Lee (R-PA), Bo Chan (R-PA-8) said that it snowed.",
        "Die Agentur dpa meldet Schnee aus Berlin.",
        "Selon l'AFP, les prix montent à Paris.",
        "La agencia EFE abrió una oficina en Madrid.",
        "A agência Lusa abriu um escritório em Lisboa.",
        "Агентство ТАСС сообщило 5 января о снеге.",
        "МОСКВА - Интерфакс сообщил о снеге.",
        "قالت وكالة (رويترز) - وهي وكالة كبيرة - إن الأسعار ارتفعت.",
        "ذكرت وكالة رويترز أن الأسعار ارتفعت اليوم.",
        "نقلت سانا عن مصدر - لم تسمه - أن الأسعار ارتفعت.",
        "新华社记者今天来到北京，打电话给朋友。",
        "新华社报道，今天北京下雪。",
        "据新华社1月5日电报道，今天下雪。",
        "（法新社的报道）今天下雪。",
        "日中両国は共同で声明を出した。",
        "共同声明が５日に出た。",
        "【北京の共同声明】雪が降った。",
        "時事問題について話した。",
    ] {
        let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(judged(text), (whole, None), "{text}");
    }
}

#[test]
fn a_list_of_ones_own_may_say_what_an_agency_is_called() {
    let mut credits = Credits::default();
    let list = "agency Northline News Service = Northline\nagency 北線社 = Northline\nagency Plain";
    credits.add(list, "ours.txt".as_ref()).unwrap();
    for (text, agency) in [
        ("SKAITH (Northline News Service) - Ships waited.", Some("Northline")),
        ("北線社東京1月5日電 船が待った。", Some("Northline")),
        ("Ships waited. (Plain)", Some("Plain")),
        ("Ships waited.", None),
    ] {
        assert_eq!(credits.credited(text), agency, "{text}");
    }
}
