// TLS to hosts as an operator sees it: in the records, in the log, in the answers to why, trace and resolve.

using System.Security.Authentication;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class MailGoesOverTls : IDisposable
{
    private const string Fields = "d *,dlvTlsProtocol,dlvTlsCipher,dlvTlsPolicy";

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task And_the_record_and_the_log_say_what_was_used()
    {
        await using var peer = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using RunningServer server = await RunningServer.StartAsync(To(peer, "log-tls yes\nrequire-starttls yes"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");

        AccountingRow record = await DeliveredAsync();
        Assert.Equal(("TLSv1.3", "required"), (record["dlvTlsProtocol"], record["dlvTlsPolicy"]));
        Assert.StartsWith("TLS_AES", record["dlvTlsCipher"], StringComparison.Ordinal);
        await server.LogSaysAsync("queue there.test/{default}: TLSv1.3 with 127.0.0.1 (127.0.0.1): TLS_AES");
    }

    [Fact]
    public async Task Through_a_proxy_too()
    {
        await using ScriptedSmtpServer peer = new(script => script.UseTls(_authority.Issue("mx.test")));
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{proxy.Port}
              client 127.0.0.7 seven.mx.test
            </proxy>
            use-proxy near
            {To(peer, "require-starttls yes")}
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Equal("127.0.0.7", (await server.RecordAsync("d", "b@there.test"))["dlvSourceIp"]);
        Assert.Equal("TLSv1.3", (await DeliveredAsync())["dlvTlsProtocol"]);
        ScriptedSession session = Assert.Single(peer.Sessions);
        Assert.Equal(["EHLO seven.mx.test", "STARTTLS", "EHLO seven.mx.test"], session.Commands.Take(3));
        Assert.Single(proxy.Headers);
    }

    [Fact]
    public async Task What_keeps_mail_that_a_host_without_TLS_would_take_is_told()
    {
        await using var peer = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(To(peer, "require-starttls yes"));
        await server.SendAsync("a@sender.test", "b@there.test");
        AccountingRow record = await server.RecordAsync("tq");

        const string Reason = "127.0.0.1 (127.0.0.1) offers no STARTTLS; TLS is required: require-starttls is set";
        Assert.Equal(("4.7.4 (security features not supported)", $"smtp;451 4.7.4 {Reason}"), (record["dsnStatus"], record["dsnDiag"]));
        Assert.Contains(Reason, await server.RunAsync("why b@there.test"), StringComparison.Ordinal);
        Assert.Contains(Reason, server.TopQueues(), StringComparison.Ordinal);
        Assert.Empty(server.Accounting.Of("b"));
        Assert.Equal(1, server.Waiting);
    }

    [Fact]
    public async Task That_a_host_is_spoken_to_in_plain_text_because_its_TLS_is_broken_stands_in_the_log()
    {
        await using var peer = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue("mx.test"));
            script.Tls!.EnabledSslProtocols = SslProtocols.Tls12;
        });
        await using RunningServer server = await RunningServer.StartAsync(To(peer, "smtp-tls-allow-tlsv1.2 no"));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");

        await server.LogSaysAsync(
            "queue there.test/{default}: TLS to 127.0.0.1 (127.0.0.1) does not work, and nobody requires it: the host is spoken to in plain text for 00:10:00: EPROTO in connection to ");
        AccountingRow record = await DeliveredAsync();
        Assert.Equal(("", "opportunistic"), (record["dlvTlsProtocol"], record["dlvTlsPolicy"]));
    }

    [Fact]
    public async Task Resolve_says_what_a_host_must_prove_and_what_came_of_TLS_with_it()
    {
        await using var good = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("127.0.0.1")));
        await using var bad = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("other.test")));
        string ca = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(ca, _authority.Pem, TestContext.Current.CancellationToken);
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain good.test>
              smtp-hosts [127.0.0.1]:{good.Port}
              smtp-tls-ca-file {ca}
            </domain>
            <domain bad.test>
              smtp-hosts [127.0.0.1]:{bad.Port}
              smtp-tls-ca-file {ca}
              require-starttls yes
            </domain>
            """);

        string text = await server.RunAsync("resolve good.test --connect");
        Assert.Contains("127.0.0.1: gets mail over TLS where it offers that, and prove its name by smtp-tls-ca-file", text, StringComparison.Ordinal);
        Assert.Contains("\n  TLS: TLSv1.3 with TLS_AES", text, StringComparison.Ordinal);

        text = await server.RunAsync("resolve bad.test --connect");
        Assert.Contains("127.0.0.1: must use TLS (require-starttls is set), and prove its name by smtp-tls-ca-file", text, StringComparison.Ordinal);
        Assert.Contains("TLS failed: its certificate is for other.test: it gets no mail", text, StringComparison.Ordinal);
        Assert.DoesNotContain(good.Sessions.Concat(bad.Sessions).SelectMany(each => each.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_an_error_of_the_configuration()
    {
        await using var peer = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(To(peer, ""));
        Godwit.Control.ReloadReport report = await server.TryReloadAsync(To(peer, "smtp-tls-ca-file /nowhere/ca.pem\nsmtp-client-certificate /nowhere/our.pem secret7"));

        Assert.False(report.Reloaded);
        string problems = string.Join('\n', report.Problems);
        Assert.Contains("smtp-tls-ca-file: /nowhere/ca.pem: no such file", problems, StringComparison.Ordinal);
        Assert.Contains("smtp-client-certificate: /nowhere/our.pem: no such file", problems, StringComparison.Ordinal);
        Assert.DoesNotContain("secret7", problems, StringComparison.Ordinal);
    }

    /// <summary>The one record of the file that has the columns.</summary>
    private async Task<AccountingRow> DeliveredAsync()
    {
        var csv = new AccountingCsv(_folder, "tls-*.csv");
        await Eventually.TrueAsync(() => csv.Of("d").Count > 0, TimeSpan.FromSeconds(20), "a record");
        return Assert.Single(csv.Of("d"));
    }

    private string To(ScriptedSmtpServer peer, string settings) => $"""
        <acct-file {AcctFile}>
          records d
          record-fields {Fields}
        </acct-file>
        <domain *>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-after 1h
        {settings}
        </domain>
        """;

    /// <summary>Beside the preamble's own; its directory is the server's.</summary>
    private string AcctFile => Path.Combine(_folder, "tls.csv");
}
