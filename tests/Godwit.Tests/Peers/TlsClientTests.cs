// Foreign clients over TLS: OpenSSL's and GnuTLS's own, and the two servers that most mail comes from, with either library.

using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class TlsClientTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-tls-").FullName;
    private readonly TestAuthority _authority = new();

    public TlsClientTests()
    {
        File.WriteAllText(Path.Combine(_files, "ca.pem"), _authority.Pem);
        Certificate(_authority.Issue("mx.test", new TestCertificateTerms { Rsa = true, Names = ["127.0.0.1"] }));
    }

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Sessions_are_resumed_by_OpenSSL(string version, string name)
    {
        Tool.Need("openssl");
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        string session = Path.Combine(_files, "session");

        // A session of TLS 1.3 comes behind the handshake, so there has to be a reply before the connection ends.
        string first = await OpenSslAsync(server.EndPoint, "EHLO client.test\nQUIT\n", version, "-sess_out", session, "-CAfile", Path.Combine(_files, "ca.pem"));
        string second = await OpenSslAsync(server.EndPoint, "EHLO client.test\nQUIT\n", version, "-sess_in", session, "-CAfile", Path.Combine(_files, "ca.pem"));

        Assert.Contains($"New, {name}", first);
        Assert.Contains("Verify return code: 0 (ok)", first);
        Assert.Contains($"Reused, {name}", second);
    }

    [Fact]
    public async Task Ciphers_are_those_of_the_configuration()
    {
        Tool.Need("openssl");
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(1)}
            smtp-server-tls-ciphers "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256"
            smtp-server-tls-v1.3-ciphersuites TLS_CHACHA20_POLY1305_SHA256
            """);

        Assert.Contains("Cipher is TLS_CHACHA20_POLY1305_SHA256", await OpenSslAsync(server.EndPoint, "QUIT\n", "-tls1_3"));
        Assert.Contains("Cipher is AES128-SHA", await OpenSslAsync(server.EndPoint, "QUIT\n", "-tls1_2"));
        Assert.Contains("Cipher is (NONE)", await OpenSslAsync(server.EndPoint, "QUIT\n", "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"));
        Assert.Contains("Cipher is (NONE)", await OpenSslAsync(server.EndPoint, "QUIT\n", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"));
    }

    [Theory]
    [InlineData("-tls1", "TLSv1")]
    [InlineData("-tls1_1", "TLSv1.1")]
    public async Task A_version_of_old_is_refused_unless_the_configuration_insists(string version, string name)
    {
        Tool.Need("openssl");
        await using RunningServer server = await RunningServer.StartAsync(Offered(1, "log-tls yes"));
        Assert.Contains("Cipher is (NONE)", await OpenSslAsync(server.EndPoint, "QUIT\n", version, "-cipher", "ALL@SECLEVEL=0"));
        await server.LogSaysAsync("TLS did not come about: unsupported protocol");

        await server.ReloadAsync(Offered(1, "log-tls yes") + "smtp-server-tls-allow-tlsv1 yes\nsmtp-server-tls-allow-tlsv1.1 yes\n");

        Assert.DoesNotContain("Cipher is (NONE)", await OpenSslAsync(server.EndPoint, "QUIT\n", version, "-cipher", "ALL@SECLEVEL=0"));
        await server.LogSaysAsync($"speaks {name} TLS_");

        // Whatever is allowed below, the best that both have is spoken, and never a cipher that protects nothing.
        Assert.Contains("New, TLSv1.3", await OpenSslAsync(server.EndPoint, "QUIT\n"));
        Assert.Contains("Cipher is (NONE)", await OpenSslAsync(server.EndPoint, "QUIT\n", version, "-cipher", "aNULL:eNULL:@SECLEVEL=0"));
    }

    [Fact]
    public async Task Swaks_hands_mail_in_over_TLS()
    {
        Tool.Need("swaks");
        ToolResult module = await Tool.RunAsync("perl", ["-MNet::SSLeay", "-e", "1"], _limit);
        Assert.SkipUnless(module.ExitCode == 0, "needs libnet-ssleay-perl");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port));

        ToolResult result = await Tool.RunAsync(
            "swaks", ["--server", $"{server.EndPoint}", "--from", "a@sender.test", "--to", "b@far.test", "--helo", "client.test", "--tls"], _limit);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("with ESMTPS (TLSv1.3) id", System.Text.Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GnuTLS_speaks_to_us_and_verifies_us()
    {
        Tool.Need("gnutls-cli");
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));

        ToolResult result = await Tool.RunAsync(
            "sh", ["-c", $"printf 'EHLO client.test\\r\\nQUIT\\r\\n' | gnutls-cli --starttls-proto=smtp --x509cafile={_files}/ca.pem -p {server.EndPoint.Port} 127.0.0.1 --verify-hostname=mx.test"], _limit);

        Assert.Contains("- Status: The certificate is trusted.", result.Output);
        Assert.Contains("Description: (TLS1.3", result.Output);
        Assert.Contains("221 2.0.0 mx.test says goodbye", result.Output);
        Assert.Contains("- Peer has closed the GnuTLS connection", result.Output);
        Assert.DoesNotContain("non-properly terminated", result.Output);
    }

    [Fact]
    public async Task Postfix_sends_over_required_TLS()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port));

        string received = await FromPostfixAsync(server, host, "smtp_tls_security_level = encrypt");

        Assert.Contains("with ESMTPS (TLSv1.3) id ", received);
    }

    [Fact]
    public async Task Postfix_verifies_our_certificate_and_name()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port));

        string received = await FromPostfixAsync(server, host, "smtp_tls_security_level = secure\nsmtp_tls_CAfile = $FILES/ca.pem\nsmtp_tls_secure_cert_match = mx.test");

        Assert.Contains("with ESMTPS (TLSv1.3) id ", received);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Postfix_keeps_its_mail_when_our_name_is_wrong_or_our_certificate_has_expired(bool expired)
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        Certificate(expired
            ? _authority.Issue("mx.test", new TestCertificateTerms { Until = DateTimeOffset.UtcNow.AddDays(-1) })
            : _authority.Issue("other.test"));
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(
            server.EndPoint, "smtp_tls_security_level = secure\nsmtp_tls_CAfile = $FILES/ca.pem\nsmtp_tls_secure_cert_match = mx.test\nsmtp_tls_loglevel = 1", Files());
        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        }

        await Eventually.TrueAsync(() => postfix.Log().Contains("status=deferred", StringComparison.Ordinal), _limit, postfix.Log);

        Assert.Contains(expired ? "certificate has expired" : "Server certificate not verified", postfix.Log());
        Assert.Empty(server.Accounting.Of("r"));
    }

    [Fact]
    public async Task Postfix_proves_itself_with_a_certificate()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($"{Offered(host.Port, "log-tls yes")}smtp-server-tls-ca-file {_files}/ca.pem\n");

        await FromPostfixAsync(server, host, "smtp_tls_security_level = encrypt\nsmtp_tls_cert_file = $FILES/robot.pem\nsmtp_tls_key_file = $FILES/robot.pem");

        await server.LogSaysAsync(", certificate CN=robot.test\n");
    }

    [Fact]
    public async Task Exim_sends_over_required_TLS_and_verifies_us()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port));

        string received = await FromEximAsync(server, host, "hosts_require_tls = *\ntls_verify_certificates = $FILES/ca.pem\ntls_verify_hosts = *\ntls_verify_cert_hostnames = *");

        Assert.Contains("with ESMTPS (TLSv1.3) id ", received);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exim_keeps_its_mail_when_our_name_is_wrong_or_our_certificate_has_expired(bool expired)
    {
        Assert.SkipUnless(EximInstance.Missing().Length == 0, EximInstance.Missing());
        Certificate(expired
            ? _authority.Issue("mx.test", new TestCertificateTerms { Names = ["127.0.0.1"], Until = DateTimeOffset.UtcNow.AddDays(-1) })
            : _authority.Issue("other.test"));
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using EximInstance exim = await EximInstance.StartAsync(
            server.EndPoint,
            transport: "hosts_require_tls = *\ntls_verify_certificates = $FILES/ca.pem\ntls_verify_hosts = *\ntls_verify_cert_hostnames = *",
            files: Files());
        await using (MailClient client = await MailClient.ConnectAsync(exim.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        }

        await exim.LogSaysAsync("TLS session: (certificate verification failed)" + (expired ? ": certificate invalid" : ""));
        Assert.Contains("== b@far.test R=relay T=relay defer", exim.Log(), StringComparison.Ordinal);
        Assert.Empty(server.Accounting.Of("r"));
    }

    [Fact]
    public async Task Exim_proves_itself_with_a_certificate()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($"{Offered(host.Port, "log-tls yes")}smtp-server-tls-ca-file {_files}/ca.pem\n");

        await FromEximAsync(server, host, "hosts_require_tls = *\ntls_certificate = $FILES/robot.pem\ntls_privatekey = $FILES/robot.pem\ntls_verify_certificates =");

        await server.LogSaysAsync(", certificate CN=robot.test\n");
    }

    private Dictionary<string, string> Files() => new()
    {
        ["ca.pem"] = _authority.Pem,
        ["robot.pem"] = _authority.Issue("robot.test").Pem,
    };

    /// <summary>What arrives behind us when Postfix hands a message on.</summary>
    private async Task<string> FromPostfixAsync(RunningServer server, ScriptedSmtpServer host, string main)
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(server.EndPoint, main, Files());
        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        }

        await Eventually.TrueAsync(() => host.MessagesWaiting == 1, _limit, () => $"the message; Postfix says:\n{postfix.Log()}\n{server.Log()}");
        return System.Text.Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);
    }

    private async Task<string> FromEximAsync(RunningServer server, ScriptedSmtpServer host, string transport)
    {
        Assert.SkipUnless(EximInstance.Missing().Length == 0, EximInstance.Missing());
        await using EximInstance exim = await EximInstance.StartAsync(server.EndPoint, transport: transport, files: Files());
        await using (MailClient client = await MailClient.ConnectAsync(exim.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        }

        await Eventually.TrueAsync(() => host.MessagesWaiting == 1, _limit, () => $"the message; Exim says:\n{exim.Log()}\n{server.Log()}");
        return System.Text.Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);
    }

    private static async Task<string> OpenSslAsync(IPEndPoint server, string input, params string[] options)
    {
        string line = $"printf '{input.Replace("\n", "\\r\\n", StringComparison.Ordinal)}' | openssl s_client -starttls smtp -ign_eof -connect {server} {string.Join(' ', options)}";
        return (await Tool.RunAsync("sh", ["-c", line], _limit)).Output;
    }

    private void Certificate(TestCertificate certificate)
    {
        string path = Path.Combine(_files, "mx.pem");
        File.WriteAllText(path, certificate.Pem);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string Offered(int port, string source = "") => $"""
        smtp-server-tls-certificate {_files}/mx.pem
        <source 127.0.0.1>
          allow-starttls yes
          {source}
        </source>
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
        </domain>

        """;
}
