use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use reqwest::{Method, header};

use sandbox::Settings;

use crate::support::{Running, start, start_as};

const MAIL: &str = concat!(
    "From: Shop <shop@example.com>\r\n",
    "To: Ada <ada@example.com>\r\n",
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= & <b>\r\n",
    "Date: Sat, 21 Nov 2026 09:00:00 +0100\r\n",
    "MIME-Version: 1.0\r\n",
    "Content-Type: multipart/alternative; boundary=b\r\n\r\n",
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
    "Confirm: http://127.0.0.1:3000/confirm?token=3Dx <now>\r\n",
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
    "<p style=\"color:red\">Confirm</p><script>alert(1)</script>\r\n--b--\r\n",
);

async fn start_reading(folder: &Path) -> Running {
    start_as(Settings {
        mail: Some(folder.to_owned()),
        ..Settings::default()
    })
    .await
}

fn write(folder: &Path, name: &str, mail: &str, age_s: u64) {
    let path = folder.join(name);
    fs::write(&path, mail).unwrap();
    let at = SystemTime::now() - Duration::from_secs(age_s);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(at).unwrap();
}

async fn page(running: &Running, path: &str) -> (u16, String, String) {
    let request = running.request(Method::GET, path);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    (status, policy, response.text().await.unwrap())
}

#[tokio::test]
async fn mails_are_read_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    let running = start_reading(&mail).await;
    let (status, _, list) = page(&running, "/mails").await;
    assert_eq!(status, 200, "before the folder is there");
    assert!(list.contains("No mail has been sent yet"));
    let (_, _, home) = page(&running, "/").await;
    assert!(home.contains("href=\"/mails\""));

    fs::create_dir(&mail).unwrap();
    write(&mail, "old one.eml", "Subject: Old\r\n\r\nHello", 60);
    write(&mail, "new.eml", MAIL, 1);
    write(&mail, "note.txt", "Subject: Not a mail\r\n\r\n", 0);
    let (_, _, list) = page(&running, "/mails").await;
    let new = list.find("Grüße &amp; &lt;b&gt;").unwrap();
    assert!(new < list.find("Old").unwrap());
    assert!(list.contains("ada@example.com") && list.contains("21 November 2026, 08:00:00 UTC"));
    assert!(list.contains("/mails/old%20one") && !list.contains("Not a mail"));

    let (_, _, old) = page(&running, "/mails/old%20one").await;
    assert!(old.contains("Hello") && !old.contains("<iframe"));
    let (_, policy, new) = page(&running, "/mails/new").await;
    assert!(new.contains("Shop &lt;shop@example.com&gt;"));
    assert!(new.contains("href=\"http://127.0.0.1:3000/confirm?token=x\""));
    assert!(new.contains("&lt;now&gt;") && !new.contains("<script"));
    assert!(new.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(!policy.contains("script-src"));
    let (_, policy, html) = page(&running, "/mails/new/html").await;
    assert!(html.contains("color:red"));
    assert!(policy.contains("sandbox allow-popups") && !policy.contains("script-src"));
    assert_eq!(page(&running, "/mails/old%20one/html").await.0, 404);
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let mail = outer.path().join("mail");
    fs::create_dir(&mail).unwrap();
    write(outer.path(), "secret.eml", "Subject: Secret\r\n\r\n", 0);
    fs::create_dir(mail.join("folder.eml")).unwrap();
    std::os::unix::fs::symlink(outer.path().join("secret.eml"), mail.join("link.eml")).unwrap();
    let running = start_reading(&mail).await;
    for name in [
        "..%2Fsecret",
        "..%2fsecret.eml",
        "%2e%2e%2fsecret",
        "link",
        "folder",
        "%00",
        "secret",
    ] {
        let path = format!("/mails/{name}");
        let answer = running.request(Method::GET, &path).send().await.unwrap();
        let text = answer.text().await.unwrap();
        assert!(!text.contains("Secret"), "{name}");
        for path in [path.clone(), format!("{path}/html")] {
            let answer = running.get(&path).await;
            assert!(answer.status >= 400, "{path}");
        }
    }
    assert!(!page(&running, "/mails").await.2.contains("Secret"));
}

#[tokio::test]
async fn odd_files_are_shown_not_fatal() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "empty.eml", "", 0);
    write(folder.path(), "words.eml", "no header at all", 0);
    let cut = &MAIL[..MAIL.len() / 2];
    write(folder.path(), "cut.eml", cut, 0);
    fs::write(
        folder.path().join("bytes.eml"),
        b"Subject: \xff\xfe\r\n\r\n\xff",
    )
    .unwrap();
    let running = start_reading(folder.path()).await;
    assert_eq!(page(&running, "/mails").await.0, 200);
    for name in ["empty", "words", "cut", "bytes"] {
        assert_eq!(page(&running, &format!("/mails/{name}")).await.0, 200);
    }
}

#[tokio::test]
async fn without_a_folder_there_are_no_mails() {
    let running = start().await;
    assert!(!page(&running, "/").await.2.contains("/mails"));
    assert_eq!(page(&running, "/mails").await.0, 200);
    assert_eq!(page(&running, "/mails/x").await.0, 404);
    let foreign = running.request(Method::GET, "/mails");
    let foreign = foreign.header(header::HOST, "evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}
