using Godwit.Settings;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Settings;

public sealed class TlsLintTests
{
    private const string Certificate = "smtp-server-tls-certificate /c/mx.pem\n";

    private static readonly DateTimeOffset _now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TestAuthority _authority = new();
    private static readonly TestCertificate _good = Valid(-30, 60);

    [Fact]
    public void A_good_certificate_is_passed_over_in_silence() =>
        Assert.Empty(Told(Certificate + "smtp-server-tls-ca-file /c/ca.pem\nsmtp-server-tls-ciphers ECDHE+AESGCM\n" + Source, _good.Pem));

    [Fact]
    public void A_file_that_cannot_be_used_is_an_error_where_it_is_named()
    {
        Assert.Equal("error 3:29: smtp-server-tls-certificate: /c/none.pem: no such file", Told("smtp-server-tls-certificate /c/none.pem hunter2\n", ""));
        Assert.Equal("error 3:29: smtp-server-tls-certificate: there is no such file", Told("smtp-server-tls-certificate hunter2\n", ""));
        Assert.Equal(
            "error 3:29: smtp-server-tls-certificate: /c/mx.pem holds no private key; put the key's PEM text behind the certificate, into the same file",
            Told(Certificate, _good.CertificatePem));
        Assert.StartsWith("error 4:17: tls-certificate: /c/mx.pem holds no certificate", Told("<smtp-listener 127.0.0.1:25>\ntls-certificate /c/mx.pem\n</smtp-listener>\n", ""));
        Assert.Equal("error 4:25: smtp-server-tls-ca-file: /c/none.pem: no such file", Told(Certificate + "smtp-server-tls-ca-file /c/none.pem\n", _good.Pem));
        Assert.StartsWith("error 4:25: smtp-server-tls-ca-file: /c/empty.pem holds no certificate", Told(Certificate + "smtp-server-tls-ca-file /c/empty.pem\n", _good.Pem));
    }

    [Fact]
    public void A_wrong_password_is_an_error_that_does_not_show_it()
    {
        string told = Told("smtp-server-tls-certificate /c/mx.pem hunter2\n", _good.CertificatePem + "\n"
            + ((System.Security.Cryptography.ECDsa)_good.Key).ExportEncryptedPkcs8PrivateKeyPem("right", new System.Security.Cryptography.PbeParameters(
                System.Security.Cryptography.PbeEncryptionAlgorithm.Aes128Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1)));

        Assert.Equal("error 3:29: smtp-server-tls-certificate: /c/mx.pem holds an encrypted private key that this password does not open", told);
    }

    [Fact]
    public void A_certificate_that_runs_out_is_a_warning_in_time()
    {
        Assert.Equal("", Told(Certificate, Valid(-30, 15).Pem));
        Assert.Equal("warning 3:29: smtp-server-tls-certificate: /c/mx.pem: the certificate expires on 2026-11-14, in 13 days; renew it", Told(Certificate, Valid(-30, 13.4).Pem));
        Assert.Equal("warning 3:29: smtp-server-tls-certificate: /c/mx.pem: the certificate expires on 2026-11-01, in less than a day; renew it", Told(Certificate, Valid(-30, 0.1).Pem));
        Assert.Equal(
            "warning 3:29: smtp-server-tls-certificate: /c/mx.pem: the certificate expired on 2026-10-31; peers that check it will not talk to us: renew it",
            Told(Certificate, Valid(-30, -1).Pem));
        Assert.Equal(
            "warning 3:29: smtp-server-tls-certificate: /c/mx.pem: the certificate is valid from 2026-11-03 only; peers that check it will not talk to us before",
            Told(Certificate, Valid(2, 90).Pem));
    }

    [Fact]
    public void Ciphers_that_OpenSSL_does_not_have_are_an_error()
    {
        Assert.StartsWith("error 4:25: smtp-server-tls-ciphers: \"HIHG\" names no cipher that OpenSSL here has", Told(Certificate + "smtp-server-tls-ciphers HIHG\n", _good.Pem));
        Assert.StartsWith("error 4:25: smtp-server-tls-ciphers: \"aNULL:eNULL\" names no cipher", Told(Certificate + "smtp-server-tls-ciphers aNULL:eNULL\n", _good.Pem));
        Assert.StartsWith(
            "error 4:35: smtp-server-tls-v1.3-ciphersuites: OpenSSL here has no suite of TLS 1.3 named \"TLS_AES_127_GCM_SHA256\"",
            Told(Certificate + "smtp-server-tls-v1.3-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_127_GCM_SHA256\n", _good.Pem));
    }

    [Fact]
    public void A_security_level_in_a_list_is_a_warning() => Assert.StartsWith(
        "warning 4:25: smtp-server-tls-ciphers: @SECLEVEL has no effect", Told(Certificate + "smtp-server-tls-ciphers ALL:@SECLEVEL=0\n", _good.Pem));

    [Fact]
    public void A_word_that_OpenSSL_passes_over_is_told_and_one_that_shuts_out_what_is_long_gone_is_not()
    {
        Assert.Contains(
            "4:25: smtp-server-tls-ciphers: OpenSSL here knows nothing named \"ECHDE+AESGCM\", \"RC44\", and passes it over",
            Notes(Certificate + "smtp-server-tls-ciphers ECHDE+AESGCM:ECDHE+AESGCM:!RC44:!RC4:!EXPORT:!aNULL:-LOW:@STRENGTH\n", _good.Pem),
            StringComparison.Ordinal);
        Assert.DoesNotContain("passes it over", Notes(Certificate + "smtp-server-tls-ciphers HIGH:!RC4:!SSLv2:!IDEA:!SEED:+AES128:@STRENGTH\n", _good.Pem), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_speaks_of_none_of_the_servers_names_is_told()
    {
        const string Words = "3:29: smtp-server-tls-certificate: /c/mx.pem: the certificate speaks of no host-name (mta.example.net)";
        Assert.Contains(Words, Notes(Certificate, _good.Pem), StringComparison.Ordinal);
        Assert.DoesNotContain("speaks of no host-name", Notes(Certificate + "host-name mx.test\n", _good.Pem), StringComparison.Ordinal);
        Assert.DoesNotContain("speaks of no host-name", Notes("<smtp-user a>\ntls-certificate /c/mx.pem\n</smtp-user>\n", _good.Pem), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_without_its_key_is_one_fault_and_no_secret_that_others_may_read()
    {
        ConfigLoad load = Load(Certificate, _good.CertificatePem, mode: UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("holds no private key", Assert.Single(load.Problems, each => each.Message.Contains("/c/mx.pem", StringComparison.Ordinal)).Message, StringComparison.Ordinal);

        load = Load(Certificate, _good.Pem, mode: UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains(load.Problems, each => each.Message.StartsWith("/c/mx.pem holds a private key and every user", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("require-starttls yes", "error 4:1: no version of TLS is left for hosts here, and require-starttls is set: nothing could be sent; allow TLS 1.2 and 1.3")]
    [InlineData("use-dane no", "warning 4:1: no version of TLS is left for hosts here: all mail goes in plain text; allow TLS 1.2 and 1.3, or say use-starttls no if that is meant")]
    [InlineData("use-starttls no", "")]
    [InlineData("smtp-tls-allow-tlsv1.2 yes", "")]
    public void That_no_version_is_left_for_hosts_is_told(string more, string expected) =>
        Assert.Equal(expected, Told($"<domain there.test>\nsmtp-tls-allow-tlsv1.2 no\nsmtp-tls-allow-tlsv1.3 no\n{more}\n</domain>\n", ""));

    [Fact]
    public void DANE_without_a_name_server_that_is_believed_is_told()
    {
        Assert.Contains("3:1: use-dane has no effect", Notes("name-server 192.0.2.53\n", ""), StringComparison.Ordinal);
        Assert.Equal(
            "warning 5:1: use-dane has no effect: no name server is on this host, and others are not believed about DNSSEC; run a validating one here (unbound), or say "
            + "name-server-trust-ad yes if nobody can forge packets between it and you",
            Told("name-server 192.0.2.53\n<domain *>\nuse-dane yes\n</domain>\n", "", about: "dane"));
        foreach (string fine in (string[])["name-server 127.0.0.1\n", "name-server-trust-ad yes\n", "<domain *>\nuse-dane no\n</domain>\n"])
        {
            Assert.DoesNotContain("use-dane", Notes("name-server 192.0.2.53\n" + fine, ""), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Immediate_TLS_without_a_certificate_is_an_error_and_an_offer_without_one_a_warning()
    {
        Assert.Equal(
            "error 4:1: immediate-tls yes, and 127.0.0.1:465 has no certificate; add \"tls-certificate FILE\" here or \"smtp-server-tls-certificate FILE\" at global level",
            Told("<smtp-listener 127.0.0.1:465>\nimmediate-tls yes\n</smtp-listener>\n", ""));
        Assert.Equal("", Told(Certificate + "<smtp-listener 127.0.0.1:465>\nimmediate-tls yes\n</smtp-listener>\n", _good.Pem));
        Assert.Equal(
            "warning 4:1: allow-starttls yes, and no listener has a certificate: STARTTLS is not offered; add \"smtp-server-tls-certificate FILE\"",
            Told(Source, ""));
        Assert.Equal("", Told("<smtp-listener 127.0.0.1:25>\ntls-certificate /c/mx.pem\n</smtp-listener>\n" + Source, _good.Pem));
    }

    [Fact]
    public void Old_versions_are_a_warning_and_no_version_at_all_an_error()
    {
        Assert.StartsWith("warning 4:1: smtp-server-tls-allow-tlsv1.1 yes: TLS before 1.2 is broken (RFC 8996)", Told(Certificate + "smtp-server-tls-allow-tlsv1.1 yes\n", _good.Pem));
        Assert.Equal(
            "error 3:1: no version of TLS is left for 127.0.0.1:25; allow TLS 1.2 and 1.3",
            Told("smtp-listener 127.0.0.1:25\nsmtp-server-tls-allow-tlsv1.2 no\nsmtp-server-tls-allow-tlsv1.3 no\n", "").Replace(" 3:15:", " 3:1:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_listener_says_more_than_the_whole_server()
    {
        ConfigLoad load = Load(
            $"{Certificate}smtp-server-tls-allow-tlsv1.3 no\nsmtp-server-tls-ciphers ECDHE\n<smtp-listener 127.0.0.1:25>\n</smtp-listener>\n"
            + "<smtp-listener 127.0.0.1:587>\ntls-certificate /c/other.pem\ntls-allow-tlsv1.3 yes\ntls-ciphers ECDHE+AESGCM\ntls-ca-file /c/ca.pem\n</smtp-listener>\n",
            _good.Pem);

        TlsSettings first = load.Settings!.Listeners[0].Tls;
        TlsSettings second = load.Settings.Listeners[1].Tls;
        Assert.Equal(("/c/mx.pem", TlsVersions.Tls12, "ECDHE", ""), (first.Certificate!.Path, first.Versions, first.Ciphers, first.CaFile));
        Assert.Equal(("/c/other.pem", TlsVersions.Usual, "ECDHE+AESGCM", "/c/ca.pem"), (second.Certificate!.Path, second.Versions, second.Ciphers, second.CaFile));
    }

    [Fact]
    public void On_another_machine_files_that_are_not_here_are_not_told() =>
        Assert.Equal("", Told("smtp-server-tls-certificate /c/none.pem\nsmtp-server-tls-ca-file /c/none.pem\n", "", isForeign: true));

    private const string Source = "<source 127.0.0.1>\nallow-starttls yes\n</source>\n";

    private static TestCertificate Valid(double from, double until) =>
        _authority.Issue("mx.test", new TestCertificateTerms { From = _now.AddDays(from), Until = _now.AddDays(until) });

    /// <summary>Errors and warnings that concern TLS, one a line.</summary>
    private static string Told(string lines, string certificate, bool isForeign = false, string about = "tls") => string.Join('\n', Load(lines, certificate, isForeign).Problems
        .Where(problem => problem.Severity is ConfigSeverity.Error or ConfigSeverity.Warning && problem.Message.Contains(about, StringComparison.OrdinalIgnoreCase))
        .Select(problem => $"{(problem.Severity == ConfigSeverity.Error ? "error" : "warning")} {problem.Line}:{problem.Column}: {problem.Message}"));

    private static string Notes(string lines, string certificate) => string.Join('\n', Load(lines, certificate).Problems
        .Where(problem => problem.Severity == ConfigSeverity.Note)
        .Select(problem => $"{problem.Line}:{problem.Column}: {problem.Message}"));

    private static ConfigLoad Load(string lines, string certificate, bool isForeign = false, UnixFileMode? mode = null)
    {
        var time = new FakeTimeProvider(_now);
        return ConfigFile.Load("/c/main", ConfigSurroundings.InMemory(new Dictionary<string, string>
        {
            ["/c/main"] = $"postmaster a@example.com\nspool /x\n{lines}",
            ["/c/mx.pem"] = certificate,
            ["/c/other.pem"] = certificate,
            ["/c/ca.pem"] = _authority.Pem,
            ["/c/empty.pem"] = "",
        }) with { Time = time, IsForeign = isForeign, Mode = path => path == "/c/mx.pem" ? mode : null });
    }
}
