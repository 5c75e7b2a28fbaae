// The two servers that most mail goes to, each with another TLS library, as hosts: what they require, what they must prove, and what happens when it fails.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class TlsHostTests : IDisposable
{
    private const string Resuming = """
        smtpd_tls_security_level = encrypt
        smtpd_tls_loglevel = 2
        smtpd_tls_session_cache_database = btree:${data_directory}/smtpd_scache
        """;

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-tls-").FullName;
    private readonly TestAuthority _authority = new();

    public TlsHostTests() => File.WriteAllText(OurFile("ca.pem"), _authority.Pem);

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("require-starttls yes")]
    public async Task Postfix_that_takes_nothing_in_plain_text_gets_its_mail(string settings)
    {
        await using PostfixInstance postfix = await PostfixAsync("smtpd_tls_security_level = encrypt", Good());
        await using RunningServer godwit = await RunningServer.StartAsync(To(postfix.EndPoint.Port, settings));
        await godwit.SendAsync("a@sender.test", "b@box.test");

        await godwit.RecordAsync("d", "b@box.test");
        Assert.Contains("using TLSv1.3 with cipher TLS_AES", Text(Assert.Single(await postfix.MailAsync(1))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("require-starttls yes")]
    public async Task Exim_that_takes_nothing_in_plain_text_gets_its_mail(string settings)
    {
        await using EximInstance exim = await EximAsync("acl_smtp_mail = ${if def:tls_in_cipher{accept}{deny}}", Good());
        await using RunningServer godwit = await RunningServer.StartAsync(To(exim.EndPoint.Port, settings));
        await godwit.SendAsync("a@sender.test", "b@box.test");

        await godwit.RecordAsync("d", "b@box.test");
        Assert.Contains("(TLS1.3)", Assert.Single(await exim.MailAsync(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Postfix_that_wants_to_know_who_we_are_sees_our_certificate_and_takes_nothing_without_it()
    {
        const string Asking = "smtpd_tls_security_level = encrypt\nsmtpd_tls_req_ccert = yes\nsmtpd_tls_CAfile = $FILES/ca.pem";
        await using PostfixInstance postfix = await PostfixAsync(Asking, Good());
        await using (RunningServer godwit = await RunningServer.StartAsync(To(postfix.EndPoint.Port, Ours())))
        {
            await godwit.SendAsync("a@sender.test", "b@box.test");
            await godwit.RecordAsync("d", "b@box.test");
            Assert.Contains("Client CN \"out.sender.test\"", Text(Assert.Single(await postfix.MailAsync(1))), StringComparison.Ordinal);
        }

        await using RunningServer unknown = await RunningServer.StartAsync(To(postfix.EndPoint.Port, "require-starttls yes"));
        await unknown.SendAsync("a@sender.test", "b@box.test");


        // Postfix shakes hands with everybody, and says to the unknown what it thinks of them.
        Assert.Contains("EHLO failed: 4", (await unknown.RecordAsync("tq"))["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal(1, unknown.Waiting);
    }

    [Fact]
    public async Task Exim_that_wants_to_know_who_we_are_sees_our_certificate_and_others_get_through_in_plain_text_only()
    {
        await using EximInstance exim = await EximAsync("tls_verify_hosts = *\ntls_verify_certificates = $FILES/ca.pem", Good());
        await using (RunningServer godwit = await RunningServer.StartAsync(To(exim.EndPoint.Port, Ours())))
        {
            await godwit.SendAsync("a@sender.test", "b@box.test");
            await godwit.RecordAsync("d", "b@box.test");
            await exim.LogSaysAsync("CV=yes DN=\"CN=out.sender.test\"");
        }

        await using RunningServer unknown = await RunningServer.StartAsync(To(exim.EndPoint.Port, ""));
        await unknown.SendAsync("a@sender.test", "c@box.test");
        await unknown.RecordAsync("d", "c@box.test");
        Assert.Single(await exim.MailAsync(2), mail => !mail.Contains("(TLS1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Postfix", "expired", "has expired or is not valid yet")]
    [InlineData("Postfix", "wrong name", "its certificate is for other.test")]
    [InlineData("Postfix", "stranger", "no trusted authority has signed its certificate")]
    [InlineData("Exim", "expired", "has expired or is not valid yet")]
    [InlineData("Exim", "wrong name", "its certificate is for other.test")]
    [InlineData("Exim", "stranger", "no trusted authority has signed its certificate")]
    public async Task A_host_that_proves_nothing_gets_nothing_where_TLS_is_required_and_the_operator_reads_why(string host, string flaw, string words)
    {
        TestCertificate certificate = flaw switch
        {
            "expired" => _authority.Issue("pf.test", new TestCertificateTerms { Names = ["127.0.0.1"], Until = DateTimeOffset.UtcNow.AddDays(-1) }),
            "wrong name" => _authority.Issue("other.test"),
            _ => new TestAuthority("Stranger").Issue("pf.test", new TestCertificateTerms { Names = ["127.0.0.1"] }),
        };
        await using PostfixInstance? postfix = host == "Postfix" ? await PostfixAsync("smtpd_tls_security_level = may", certificate) : null;
        await using EximInstance? exim = host == "Exim" ? await EximAsync("", certificate) : null;
        await using RunningServer godwit = await RunningServer.StartAsync(
            To((postfix?.EndPoint ?? exim!.EndPoint).Port, $"require-starttls yes\nsmtp-tls-ca-file {OurFile("ca.pem")}"));
        await godwit.SendAsync("a@sender.test", "b@box.test");

        AccountingRow record = await godwit.RecordAsync("tq");
        Assert.Equal("4.7.5 (cryptographic failure)", record["dsnStatus"]);
        Assert.Contains(words, record["dsnDiag"], StringComparison.Ordinal);
        Assert.EndsWith("TLS is required: require-starttls is set, and smtp-tls-ca-file wants the host's name proved", record["dsnDiag"], StringComparison.Ordinal);
        Assert.Contains(words, await godwit.RunAsync("why b@box.test"), StringComparison.Ordinal);
        await godwit.LogSaysAsync(words);
        Assert.Equal(1, godwit.Waiting);
    }

    [Fact]
    public async Task A_host_that_proves_its_name_gets_its_mail_over_TLS()
    {
        await using EximInstance exim = await EximAsync("", Good());
        await using RunningServer godwit = await RunningServer.StartAsync(
            To(exim.EndPoint.Port, $"require-starttls yes\nsmtp-tls-ca-file {OurFile("ca.pem")}"));
        await godwit.SendAsync("a@sender.test", "b@box.test");
        await godwit.RecordAsync("d", "b@box.test");
        Assert.Contains("(TLS1.3)", Assert.Single(await exim.MailAsync(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_speaks_TLS_1_0_only_gets_plain_text_or_nothing_or_what_the_operator_allows()
    {
        await using PostfixInstance postfix = await PostfixAsync("""
            smtpd_tls_security_level = may
            smtpd_tls_protocols = TLSv1
            smtpd_tls_ciphers = medium
            tls_medium_cipherlist = ALL:@SECLEVEL=0
            """, _authority.Issue("pf.test", new TestCertificateTerms { Rsa = true }));
        await using (RunningServer strict = await RunningServer.StartAsync(To(postfix.EndPoint.Port, "require-starttls yes")))
        {
            await strict.SendAsync("a@sender.test", "nobody@box.test");
            Assert.Equal("4.7.5 (cryptographic failure)", (await strict.RecordAsync("tq"))["dsnStatus"]);
        }

        await using (RunningServer usual = await RunningServer.StartAsync(To(postfix.EndPoint.Port, "")))
        {
            await usual.SendAsync("a@sender.test", "plain@box.test");
            await usual.RecordAsync("d", "plain@box.test");
            Assert.DoesNotContain("using TLS", Text(Assert.Single(await postfix.MailAsync(1))), StringComparison.Ordinal);
        }

        await using RunningServer old = await RunningServer.StartAsync(To(postfix.EndPoint.Port, "require-starttls yes\nsmtp-tls-allow-tlsv1 yes"));
        await old.SendAsync("a@sender.test", "old@box.test");
        await old.RecordAsync("d", "old@box.test");
        Assert.Single(await postfix.MailAsync(2), mail => Text(mail).Contains("using TLSv1 with cipher", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("reuse-ssl-session yes", "", 1)]
    [InlineData("reuse-ssl-session yes", "smtp-tls-allow-tlsv1.3 no", 2)]
    [InlineData("reuse-ssl-session no", "", 0)]
    public async Task Sessions_are_resumed_where_the_configuration_says_so(string reuse, string version, int resumed)
    {
        // A ticket of TLS 1.3 is used once (RFC 8446 appendix C.4), and Postfix gives none in a handshake that resumes: so every second connection is resumed.
        await using var dns = new ScriptedDnsServer();
        dns.Zone("pf.test").A("mx", "127.0.0.1");
        await using PostfixInstance postfix = await PostfixAsync(Resuming, _authority.Issue("mx.pf.test"));
        await using RunningServer godwit = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts mx.pf.test:{postfix.EndPoint.Port}
              max-msg-per-connection 1
              max-smtp-out 1
              {reuse}
              {version}
            </domain>
            """, dns);
        foreach (string recipient in (string[])["one@box.test", "two@box.test", "three@box.test"])
        {
            await godwit.SendAsync("a@sender.test", recipient);
            await godwit.RecordAsync("d", recipient);
        }

        Assert.Equal(3, Count(postfix.Log(), "TLS connection established from"));
        Assert.Equal(resumed, Count(postfix.Log(), "Reusing old session"));
    }

    [Theory]
    [InlineData("", "stranger", "no trusted authority has signed its certificate")]
    [InlineData("", "other.test", "its certificate is for other.test")]
    [InlineData("smtp-tls-allow-tlsv1.3 no", "stranger", "no trusted authority has signed its certificate")]
    public async Task A_session_from_looser_terms_proves_nothing_where_more_is_asked(string version, string flaw, string words)
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("pf.test").A("mx", "127.0.0.1");
        await using PostfixInstance postfix = await PostfixAsync(Resuming, flaw == "stranger" ? new TestAuthority("Stranger").Issue("mx.pf.test") : _authority.Issue(flaw));
        string host = $"smtp-hosts mx.pf.test:{postfix.EndPoint.Port}\nreuse-ssl-session yes\nmax-msg-per-connection 1\nretry-after 1h\n{version}";
        await using RunningServer godwit = await RunningServer.StartAsync($"""
            <domain box.test>
              {host}
            </domain>
            <domain strict.test>
              {host}
              require-starttls yes
              smtp-tls-ca-file {OurFile("ca.pem")}
            </domain>
            """, dns);
        await godwit.SendAsync("a@sender.test", "loose@box.test");
        await godwit.RecordAsync("d", "loose@box.test");
        Assert.Equal(0, Count(postfix.Log(), "Reusing old session"));

        await godwit.SendAsync("a@sender.test", "b@strict.test");
        Assert.Contains(words, (await godwit.RecordAsync("tq"))["dsnDiag"], StringComparison.Ordinal);

        // Postfix itself says that this was no new handshake: the certificate that it would have shown came from our own memory, and was judged.
        await Eventually.TrueAsync(() => Count(postfix.Log(), "Reusing old session") == 1, TimeSpan.FromSeconds(30), postfix.Log);
        Assert.Equal(1, godwit.Waiting);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Text(byte[] mail) => System.Text.Encoding.Latin1.GetString(mail);

    private TestCertificate Good() => _authority.Issue("pf.test", new TestCertificateTerms { Names = ["127.0.0.1"] });

    private string OurFile(string name) => Path.Combine(_files, name);

    /// <summary>The line with our certificate, which the hosts' authority has signed.</summary>
    private string Ours()
    {
        File.WriteAllText(OurFile("ours.pem"), _authority.Issue("out.sender.test").Pem);
        File.SetUnixFileMode(OurFile("ours.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return $"require-starttls yes\nsmtp-client-certificate {OurFile("ours.pem")}";
    }

    private async Task<PostfixInstance> PostfixAsync(string lines, TestCertificate certificate)
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var nowhere = new ScriptedSmtpServer();
        return await PostfixInstance.StartAsync(
            nowhere.EndPoint, $"smtpd_tls_chain_files = $FILES/cert.pem\nsmtpd_tls_received_header = yes\n{lines}", Files(certificate));
    }

    private async Task<EximInstance> EximAsync(string lines, TestCertificate certificate)
    {
        Assert.SkipUnless(EximInstance.Missing().Length == 0, EximInstance.Missing());
        await using var nowhere = new ScriptedSmtpServer();
        return await EximInstance.StartAsync(
            nowhere.EndPoint, $"tls_advertise_hosts = *\ntls_certificate = $FILES/cert.pem\ntls_privatekey = $FILES/cert.pem\n{lines}", files: Files(certificate));
    }

    /// <summary>Postfix wants the key before the certificate.</summary>
    private Dictionary<string, string> Files(TestCertificate certificate) => new()
    {
        ["cert.pem"] = certificate.KeyPem + "\n" + certificate.CertificatePem + "\n",
        ["ca.pem"] = _authority.Pem,
    };

    private static string To(int port, string settings) => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          retry-after 1h
        {settings}
        </domain>
        """;
}
