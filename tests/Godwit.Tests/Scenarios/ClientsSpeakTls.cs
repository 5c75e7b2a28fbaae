// TLS towards clients on a whole server: what is offered when, what a handshake makes forgotten, and what the operator hears of it.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Godwit.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ClientsSpeakTls : IDisposable
{
    private readonly string _files = Directory.CreateTempSubdirectory("godwit-tls-").FullName;
    private readonly TestAuthority _authority = new();

    public ClientsSpeakTls() => Write("mx.pem", _authority.Issue("mx.test").Pem);

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Fact]
    public async Task Mail_comes_over_TLS_and_its_Received_field_and_its_record_say_so()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port, "log-tls yes") + $"""

            <acct-file {_files}/in.csv>
              records r
              record-fields r *,rcvTlsProtocol,rcvTlsCipher
            </acct-file>
            """);

        await using (StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint))
        {
            await client.SubmitAsync("b@there.test");
            Assert.StartsWith("221", await client.AskAsync("QUIT"));
        }

        string received = Encoding.ASCII.GetString((await host.NextMessageAsync()).Content);
        Assert.Contains("with ESMTPS (TLSv1.3) id ", received);
        Assert.Matches(@"\r\n        tls TLS_[A-Z0-9_]+; ", received);
        await server.LogSaysAsync("speaks TLSv1.3 TLS_");
        var records = new AccountingCsv(_files, "in*.csv");
        await Eventually.TrueAsync(() => records.Of("r").Count == 1, TimeSpan.FromSeconds(20), "a record");
        AccountingRow record = records.Of("r").Single();
        Assert.Equal("TLSv1.3", record["rcvTlsProtocol"]);
        Assert.StartsWith("TLS_", record["rcvTlsCipher"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_words_of_Received_follow_EHLO_and_SMTPUTF8()
    {
        await using var host = new ScriptedSmtpServer(script => script.Extensions.Add("SMTPUTF8"));
        await using RunningServer server = await RunningServer.StartAsync(Offered(host.Port));
        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);

        Assert.StartsWith("250", await client.AskAsync("HELO client.test"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@there.test>"));
        Assert.StartsWith("354", await client.AskAsync("DATA"));
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."));
        Assert.Contains("with SMTPS (", Encoding.ASCII.GetString((await host.NextMessageAsync()).Content));

        Assert.StartsWith("250", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test> SMTPUTF8"));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@there.test>"));
        Assert.StartsWith("354", await client.AskAsync("DATA"));
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."));
        Assert.Contains("with UTF8SMTPS (", Encoding.ASCII.GetString((await host.NextMessageAsync()).Content));
    }

    [Fact]
    public async Task STARTTLS_is_offered_where_it_can_be_had_and_never_inside_TLS()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using (StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint))
        {
            Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"));
            Assert.StartsWith("503 5.5.1 ", await client.AskAsync("STARTTLS"));
            Assert.StartsWith("250", await client.AskAsync("NOOP"));
        }

        // Certificate, but the source does not want it.
        await server.ReloadAsync(Certificate());
        Assert.StartsWith("502 ", await RefusedAsync(server));

        // The source wants it, but there is no certificate.
        await server.ReloadAsync(Starts);
        Assert.StartsWith("454 4.7.0 ", await RefusedAsync(server));

        static async Task<string> RefusedAsync(RunningServer server)
        {
            await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
            await client.ReplyAsync();
            Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"));
            string refused = await client.AskAsync("STARTTLS");
            Assert.StartsWith("250", await client.AskAsync("NOOP"));
            return refused;
        }
    }

    [Fact]
    public async Task STARTTLS_takes_no_argument_and_no_place_in_a_transaction()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");

        Assert.StartsWith("501 5.5.4 ", await client.AskAsync("STARTTLS now"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("503 5.5.1 ", await client.AskAsync("STARTTLS"));
        Assert.StartsWith("250", await client.AskAsync("RSET"));
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync();
        Assert.StartsWith("250", await client.AskAsync("EHLO client.test"));
    }

    [Fact]
    public async Task After_the_handshake_the_client_has_to_introduce_itself_again()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);

        Assert.StartsWith("503 5.5.1 say EHLO", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test>"));
    }

    [Fact]
    public async Task What_somebody_injects_behind_STARTTLS_is_never_heard()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");

        // In one segment, as somebody in the middle would do it (CVE-2011-0411).
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\nRCPT TO:<x@evil.test>"));
        await client.HandshakeAsync();

        Assert.StartsWith("503 5.5.1 say EHLO", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        await server.LogSaysAsync("octets sent behind STARTTLS in clear text were dropped");
    }

    [Fact]
    public async Task What_somebody_injects_before_STARTTLS_leaves_nothing_behind_it()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();

        // A transaction that the client did not begin, ended by its EHLO; and the name that somebody else gave.
        await client.AskAsync("EHLO evil.test");
        await client.AskAsync("MAIL FROM:<evil@evil.test>");
        await client.AskAsync("RSET");
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync();

        Assert.StartsWith("503 5.5.1 say EHLO", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("503 5.5.1 say MAIL", await client.AskAsync("RCPT TO:<b@there.test>"));
    }

    [Fact]
    public async Task Immediate_TLS_greets_inside_and_offers_no_second_layer()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(host.Port)}
            <smtp-listener 127.0.0.2:0>
              immediate-tls yes
            </smtp-listener>
            """);
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.Server.SmtpEndPoints[1]);

        await client.HandshakeAsync();

        Assert.StartsWith("220 mx.test", await client.ReplyAsync());
        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"));
        await client.SubmitAsync("b@there.test");
        Assert.Contains("with ESMTPS (TLSv1.", Encoding.ASCII.GetString((await host.NextMessageAsync()).Content));
    }

    [Fact]
    public async Task A_client_that_hangs_up_in_the_handshake_ends_its_session_and_is_named()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1, "log-tls yes"));
        await using (StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint))
        {
            await client.ReplyAsync();
            await client.AskAsync("EHLO client.test");
            await client.AskAsync("STARTTLS");

            // The head of a record, and no more.
            await client.SendAsync("\x16\x03\x01\x02");
        }

        await server.LogSaysAsync("TLS did not come about: the connection was lost during the TLS handshake");
        await Eventually.TrueAsync(() => server.Server.Traffic.ConnectionsIn.Current == 0, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_client_that_is_silent_in_the_handshake_is_not_waited_for_longer_than_a_minute()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        time.SetUtcNow(DateTimeOffset.UtcNow);
        await using RunningServer server = await RunningServer.StartAsync(Offered(1, "log-tls yes"), time: time);
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        await client.AskAsync("STARTTLS");

        Task<string> end = client.ReplyAsync();
        int seconds = 0;
        while (!end.IsCompleted && seconds < 120)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            seconds++;
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        Assert.Equal("", await end);
        Assert.InRange(seconds, 60, 119);
        await server.LogSaysAsync("TLS did not come about: the TLS handshake did not end in time");
    }

    [Fact]
    public async Task A_listener_has_a_certificate_of_its_own()
    {
        Write("other.pem", _authority.Issue("other.test").Pem);
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(1)}
            <smtp-listener 127.0.0.2:0>
              tls-certificate {_files}/other.pem
            </smtp-listener>
            """);

        await using StartTlsClient first = await StartTlsClient.SecureAsync(server.EndPoint);
        await using StartTlsClient second = await StartTlsClient.SecureAsync(server.Server.SmtpEndPoints[1]);

        Assert.Equal("CN=mx.test", first.ServerSubject);
        Assert.Equal("CN=other.test", second.ServerSubject);
    }

    [Fact]
    public async Task Authorities_in_the_certificates_file_are_sent_along()
    {
        TestAuthority between = _authority.Below("Between");
        Write("mx.pem", between.Issue("mx.test").Pem + between.Pem);
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        await client.AskAsync("STARTTLS");
        string[] sent = [];

        await client.HandshakeAsync(with: options => options.RemoteCertificateValidationCallback = (_, _, chain, _) =>
        {
            sent = [.. chain!.ChainPolicy.ExtraStore.Select(each => each.Subject)];
            return sent.Length > 0;
        });

        Assert.Contains("CN=Between", sent);
    }

    [Fact]
    public async Task A_renewed_file_is_used_without_a_word_from_the_operator_and_a_broken_one_is_not()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        time.SetUtcNow(DateTimeOffset.UtcNow);
        await using RunningServer server = await RunningServer.StartAsync(Offered(1), time: time);
        await using (StartTlsClient before = await StartTlsClient.SecureAsync(server.EndPoint))
        {
            Assert.Equal("CN=mx.test", before.ServerSubject);
        }

        Write("mx.pem", _authority.Issue("renewed.test").Pem);
        time.Advance(TimeSpan.FromSeconds(5));
        await using (StartTlsClient after = await StartTlsClient.SecureAsync(server.EndPoint))
        {
            Assert.Equal("CN=renewed.test", after.ServerSubject);
        }

        Assert.True(server.LogHas("has changed: CN=renewed.test"));
        Write("mx.pem", "-----BEGIN CERTIFICATE-----\n");
        time.Advance(TimeSpan.FromSeconds(5));
        await using StartTlsClient kept = await StartTlsClient.SecureAsync(server.EndPoint);
        Assert.Equal("CN=renewed.test", kept.ServerSubject);
        await server.LogSaysAsync("a changed certificate file is not used: ");
    }

    [Fact]
    public async Task A_reload_uses_a_renewed_file_at_once_and_is_refused_with_a_broken_one()
    {
        await using RunningServer server = await RunningServer.StartAsync(Offered(1));
        Write("mx.pem", _authority.Issue("renewed.test").Pem);
        await server.ReloadAsync(Offered(1));
        await using (StartTlsClient after = await StartTlsClient.SecureAsync(server.EndPoint))
        {
            Assert.Equal("CN=renewed.test", after.ServerSubject);
        }

        Write("mx.pem", _authority.Issue("x.test").CertificatePem);
        ReloadReport report = await server.TryReloadAsync(Offered(1));

        Assert.False(report.Reloaded);
        Assert.Contains(report.Problems, problem => problem.Message.EndsWith("mx.pem holds no private key; put the key's PEM text behind the certificate, into the same file", StringComparison.Ordinal));
        await using StartTlsClient kept = await StartTlsClient.SecureAsync(server.EndPoint);
        Assert.Equal("CN=renewed.test", kept.ServerSubject);
    }

    [Fact]
    public async Task A_clients_certificate_is_asked_for_where_authorities_are_named_and_is_judged()
    {
        Write("ca.pem", _authority.Pem);
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(1, "log-tls yes")}
            smtp-server-tls-ca-file {_files}/ca.pem
            """);

        await using StartTlsClient good = await StartTlsClient.SecureAsync(server.EndPoint, _authority.Issue("robot.test"));
        await server.LogSaysAsync(", certificate CN=robot.test\n");

        await using StartTlsClient stranger = await StartTlsClient.SecureAsync(server.EndPoint, new TestAuthority("Nobody").Issue("stranger.test"));
        await server.LogSaysAsync(", certificate CN=stranger.test not verified: no trusted authority has signed it");

        await using StartTlsClient late = await StartTlsClient.SecureAsync(
            server.EndPoint, _authority.Issue("late.test", new TestCertificateTerms { Until = DateTimeOffset.UtcNow.AddDays(-1) }));
        await server.LogSaysAsync(", certificate CN=late.test not verified: it, or an authority between, has expired");

        await using StartTlsClient none = await StartTlsClient.SecureAsync(server.EndPoint);
        await server.LogSaysAsync(", shows no certificate");

        // Whatever it showed, mail over TLS is what everybody may send.
        await stranger.SubmitAsync("b@there.test");
        await none.SubmitAsync("b@there.test");
    }

    [Fact]
    public async Task A_version_that_is_not_allowed_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(1, "log-tls yes")}
            smtp-server-tls-allow-tlsv1.3 no
            <smtp-listener 127.0.0.2:0>
              tls-allow-tlsv1.3 yes
              tls-allow-tlsv1.2 no
            </smtp-listener>
            """);

        Assert.Equal(SslProtocols.Tls12, await SpokenAsync(server.EndPoint, SslProtocols.Tls12 | SslProtocols.Tls13));
        Assert.Equal(SslProtocols.Tls13, await SpokenAsync(server.Server.SmtpEndPoints[1], SslProtocols.Tls12 | SslProtocols.Tls13));
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => SpokenAsync(server.Server.SmtpEndPoints[1], SslProtocols.Tls12));
        await server.LogSaysAsync("TLS did not come about: unsupported protocol");

        static async Task<SslProtocols> SpokenAsync(System.Net.IPEndPoint server, SslProtocols versions)
        {
            await using StartTlsClient client = await StartTlsClient.ConnectAsync(server);
            await client.ReplyAsync();
            await client.AskAsync("EHLO client.test");
            await client.AskAsync("STARTTLS");
            await client.HandshakeAsync(with: options => options.EnabledSslProtocols = versions);
            return client.Tls!.SslProtocol;
        }
    }

    [Fact]
    public async Task When_no_connection_is_left_a_client_of_immediate_TLS_gets_no_words_in_clear_text()
    {
        await using RunningServer server = await RunningServer.StartAsync($"""
            {Offered(1)}
            total-max-smtp-in 1
            <smtp-listener 127.0.0.2:0>
              immediate-tls yes
            </smtp-listener>
            """);
        await using StartTlsClient first = await StartTlsClient.ConnectAsync(server.EndPoint);
        Assert.StartsWith("220", await first.ReplyAsync());

        await using StartTlsClient second = await StartTlsClient.ConnectAsync(server.Server.SmtpEndPoints[1]);

        Assert.Equal("", await second.ReplyAsync());
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_files, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private const string Starts = "<source 127.0.0.1>\n  allow-starttls yes\n</source>\n";

    private string Certificate() => $"smtp-server-tls-certificate {_files}/mx.pem\n";

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
