// Reload on a whole server: what each setting does from then on, what stays open, and that a reload which cannot be carried out changes nothing.

using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Godwit.Cli;
using Godwit.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

[SupportedOSPlatform("linux")]
public sealed class TheConfigurationChanges
{
    private const string Discard = "<domain *>\n  type discard\n</domain>\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_opens_and_closes_and_its_clients_stay()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        int port = Tool.FreePort();

        await server.ReloadAsync($"{Discard}smtp-listener 127.0.0.1:{port}");
        await using MailClient client = await MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await server.ReloadAsync(Discard);

        await Assert.ThrowsAsync<SocketException>(() => MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)));
        await client.SendAsync("a@sender.test", ["b@there.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        await server.RecordAsync("d", "b@there.test");
    }

    [Fact]
    public async Task Mail_is_delivered_while_a_reload_reads_and_no_thread_of_the_pool_reads()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        using var delivered = new ManualResetEventSlim();
        bool waited = false;
        bool onPool = true;
        server.WhileReading = () =>
        {
            onPool = Thread.CurrentThread.IsThreadPoolThread;
            waited = delivered.Wait(TimeSpan.FromSeconds(20), Cancellation);
        };

        Task reload = server.ReloadAsync(Discard);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        delivered.Set();
        await reload;

        Assert.True(waited, "the mail was delivered behind the reload only");
        Assert.False(onPool);
    }

    [Fact]
    public async Task A_listener_makes_room_for_one_on_every_address()
    {
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync($"{Discard}smtp-listener 127.0.0.2:{port}");

        await server.ReloadAsync($"{Discard}smtp-listener 0.0.0.0:{port}");

        await using MailClient client = await MailClient.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.3"), port));
    }

    [Fact]
    public async Task The_greeting_has_the_new_name()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        Assert.StartsWith("220 mx.test ", await GreetingAsync(server.EndPoint));

        ReloadReport report = await server.TryReloadAsync(Discard, text => text.Replace("host-name mx.test", "host-name new.test", StringComparison.Ordinal));

        Assert.True(report.Reloaded);
        Assert.StartsWith("220 new.test ", await GreetingAsync(server.EndPoint));
    }

    [Fact]
    public async Task No_more_clients_are_let_in_than_the_new_limit()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        await using MailClient first = await MailClient.ConnectAsync(server.EndPoint);

        await server.ReloadAsync($"{Discard}total-max-smtp-in 1");
        Assert.StartsWith("421 ", await GreetingAsync(server.EndPoint));

        await server.ReloadAsync($"{Discard}total-max-smtp-in 2");
        Assert.StartsWith("220 ", await GreetingAsync(server.EndPoint));
    }

    [Fact]
    public async Task No_more_connections_are_opened_than_the_new_total()
    {
        var gate = new TaskCompletionSource();
        await using var peer = new ScriptedSmtpServer(script => script.Always("MAIL", PeerAnswer.After(gate.Task, "250 2.1.0 ok")));
        string config = $"<domain *>\n  smtp-hosts [127.0.0.1]:{peer.Port}\n</domain>\n";
        await using RunningServer server = await RunningServer.StartAsync(config + "total-max-smtp-out 1");
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < 10; i++)
            {
                await client.SendAsync("a@sender.test", [$"b{i}@d{i}.test"], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        await Eventually.TrueAsync(() => peer.Sessions.Count == 1 && server.Waiting == 10, TimeSpan.FromSeconds(10));
        await server.ReloadAsync(config + "total-max-smtp-out 5");

        await Eventually.TrueAsync(() => peer.Sessions.Count == 5, TimeSpan.FromSeconds(10));
        gate.SetResult();
        await server.RecordsAsync("d", 10);
    }

    [Fact]
    public async Task A_virtual_mta_comes_changes_its_address_and_joins_a_pool()
    {
        await using ScriptedSmtpServer peer = new();
        string domain = $"<domain *>\n  smtp-hosts [127.0.0.1]:{peer.Port}\n</domain>\n";
        const string Content = "X-Virtual-MTA: {0}\r\nSubject: x\r\n\r\nx\r\n";
        await using RunningServer server = await RunningServer.StartAsync(domain);

        await server.ReloadAsync(domain + "<virtual-mta one>\n  smtp-source-host 127.0.0.2 one.mx.test\n</virtual-mta>");
        await server.SendAsync("a@sender.test", "first@there.test", string.Format(Content, "one"));
        Assert.Equal("127.0.0.2", (await server.RecordAsync("d", "first@there.test"))["dlvSourceIp"]);

        await server.ReloadAsync(domain + "<virtual-mta one>\n  smtp-source-host 127.0.0.3 two.mx.test\n</virtual-mta>\n<virtual-mta-pool all>\n  virtual-mta one\n</virtual-mta-pool>");
        await server.SendAsync("a@sender.test", "second@there.test", string.Format(Content, "all"));
        AccountingRow second = await server.RecordAsync("d", "second@there.test");
        Assert.Equal(("127.0.0.3", "all"), (second["dlvSourceIp"], second["vmtaPool"]));
        Assert.Equal("EHLO two.mx.test", peer.Sessions[^1].Commands[0]);
    }

    [Fact]
    public async Task An_accounting_file_joins_and_leaves()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        var second = new AccountingCsv(server.Root, "more-*.csv");
        string more = $"<acct-file {server.Root}/more.csv>\n  records d\n</acct-file>";

        await server.ReloadAsync(Discard + more);
        await server.SendAsync("a@sender.test", "both@there.test");
        await server.RecordAsync("d", "both@there.test");
        await server.ReloadAsync(Discard);
        await server.SendAsync("a@sender.test", "one@there.test");
        await server.RecordAsync("d", "one@there.test");

        Assert.Equal(["both@there.test"], second.Of("d").Select(row => row["rcpt"]));
    }

    [Fact]
    public async Task The_log_goes_on_in_another_file()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        string next = Path.Combine(server.Root, "next.log");

        await server.ReloadAsync($"{Discard}log-file {next}\nlog-file-world-readable yes");

        Assert.Contains($"the log goes on in {next}", await File.ReadAllTextAsync(Path.Combine(server.Root, "godwit.log"), Cancellation));
        Assert.True(File.GetUnixFileMode(next).HasFlag(UnixFileMode.OtherRead));
        await Eventually.TrueAsync(() => File.ReadAllText(next).Contains("configuration version 2 put in force", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task New_name_servers_are_asked_and_the_old_answers_forgotten()
    {
        await using ScriptedSmtpServer peer = new();
        await using var wrong = new ScriptedDnsServer();
        await using var right = new ScriptedDnsServer();
        wrong.Zone("there.test").Exists();
        right.Zone("there.test").Mx(10, "mx1").A("mx1", "127.0.0.1");
        string config = $"<domain *>\n  default-smtp-port {peer.Port}\n  retry-after 1s\n  retry-after-dns-error 1s\n</domain>\n";
        await using RunningServer server = await RunningServer.StartAsync(config, wrong);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("tq");

        ReloadReport report = await server.TryReloadAsync(
            config, text => text.Replace($"name-server {wrong.EndPoint}", $"name-server {right.EndPoint}", StringComparison.Ordinal));

        Assert.True(report.Reloaded);
        await server.RecordAsync("d", "b@there.test");
    }

    [Fact]
    public async Task The_management_port_moves_while_it_answers()
    {
        int first = Tool.FreePort();
        int second = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync($"{Discard}http-mgmt-port {first}");
        server.Write($"{Discard}http-mgmt-port {second}");

        // The very command that moves the port comes in by the old one and is answered there.
        (int code, string text) = await GodwitAsync(first, "reload");

        Assert.Contains($"http-mgmt-port: commands are answered at 127.0.0.1:{second} now", text);
        Assert.Equal((0, true), (code, text.Contains("Configuration reloaded.\nVersion 2 is in force since ", StringComparison.Ordinal)));
        Assert.Equal(second, server.Server.ManagementPort);
        (code, text) = await GodwitAsync(second, "show", "status", "--json");
        using var status = JsonDocument.Parse(text);
        Assert.Equal(2, status.RootElement.GetProperty("data").GetProperty("status").GetProperty("config").GetProperty("version").GetInt32());
        await Eventually.TrueAsync(() => GodwitAsync(first, "show", "version").GetAwaiter().GetResult().Code == 3, TimeSpan.FromSeconds(10));

        server.Write(Discard);
        await GodwitAsync(second, "reload");
        Assert.Equal(0, server.Server.ManagementPort);
    }

    [Fact]
    public async Task The_built_in_receiver_comes_moves_and_goes()
    {
        int first = Tool.FreePort();
        int second = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync("");
        string Receiver(int port) => $"dummy-smtp-port {port}\n<domain *>\n  smtp-hosts [127.0.0.1]:{port}\n</domain>\n";

        await server.ReloadAsync(Receiver(first));
        await server.SendAsync("a@sender.test", "one@there.test");
        await server.RecordAsync("d", "one@there.test");

        await server.ReloadAsync(Receiver(second) + "dummy-smtp-has-chunking yes\n");
        await server.SendAsync("a@sender.test", "two@there.test");
        await server.RecordAsync("d", "two@there.test");
        await Assert.ThrowsAsync<SocketException>(() => MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, first)));

        await server.ReloadAsync(Discard);
        await Assert.ThrowsAsync<SocketException>(() => MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, second)));
    }

    [Fact]
    public async Task A_spool_that_moves_waits_for_a_restart_and_the_answer_says_so()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        string other = Path.Combine(server.Root, "other");
        Directory.CreateDirectory(other);

        ReloadReport report = await server.TryReloadAsync(
            Discard + "total-max-smtp-in 7", text => text.Replace($"<spool {server.Root}/spool>", $"<spool {other}>", StringComparison.Ordinal));

        Assert.True(report.Reloaded);
        Assert.Contains($"spool: {server.Root}/spool stays in use, a spool is changed by a restart only", ReportFormats.Text(report));
        Assert.Equal(7, server.Server.Operator.ShowStatus().ConnectionsIn.Maximum);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        Assert.Empty(Directory.GetFiles(other));
    }

    [Fact]
    public async Task A_server_that_stops_takes_no_new_configuration()
    {
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        GodwitServer stopped = server.Server;
        await server.StopAsync();

        ReloadReport report = await stopped.ReloadAsync(Cancellation);

        Assert.False(report.Reloaded);
        Assert.Contains("the server is stopping", ReportFormats.Text(report));
    }

    [Theory]
    [InlineData("smtp-listener 127.0.0.1:{taken}", "127.0.0.1:{taken} is in use by another program; stop it (ss -ltnp shows which), or choose another port in smtp-listener")]
    [InlineData("dummy-smtp-port {taken}", "127.0.0.1:{taken} is in use by another program; stop it (ss -ltnp shows which), or choose another port in dummy-smtp-port")]
    [InlineData("http-mgmt-port {taken}", "the management port 127.0.0.1:{taken} cannot be opened")]
    [InlineData("log-file {root}/config/godwit.log", "{root}/config")]
    [InlineData("<acct-file {root}/config/acct.csv>\n</acct-file>", "accounting file {root}/config/acct.csv cannot be written")]
    [InlineData("max-smtp-in 5\ntotal-max-smtp-in many", "total-max-smtp-in: \"many\" is not a whole number")]
    public async Task A_reload_that_cannot_be_carried_out_changes_nothing(string wrong, string why)
    {
        await using var other = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Discard);
        int smtp = Tool.FreePort();
        int dummy = Tool.FreePort();
        int console = Tool.FreePort();
        string Fill(string text) => text.Replace("{taken}", $"{other.Port}", StringComparison.Ordinal).Replace("{root}", server.Root, StringComparison.Ordinal);
        // What is wrong stands last and wins; everything before it could be carried out.
        string config = $"""
            host-name new.test
            smtp-listener 127.0.0.1:{smtp}
            dummy-smtp-port {dummy}
            http-mgmt-port {console}
            log-file {server.Root}/next.log
            <acct-file {server.Root}/more.csv>
            </acct-file>
            <domain *>
              smtp-hosts [127.0.0.1]:{other.Port}
            </domain>
            {Fill(wrong)}
            """;

        ReloadReport report = await server.TryReloadAsync(config, text => text.Replace("host-name mx.test\n", "", StringComparison.Ordinal));

        Assert.False(report.Reloaded);
        Assert.Contains(Fill(why), ReportFormats.Text(report));
        Assert.Contains("Version 1 is in force since ", ReportFormats.Text(report));
        Assert.StartsWith("220 mx.test ", await GreetingAsync(server.EndPoint));
        Assert.Single(server.Server.SmtpEndPoints);
        foreach (int port in (int[])[smtp, dummy, console])
        {
            await Assert.ThrowsAsync<SocketException>(() => MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)));
        }

        Assert.False(File.Exists(Path.Combine(server.Root, "next.log")));
        Assert.DoesNotContain(server.Server.Operator.ShowStatus().AccountingFiles, path => path.Contains("more", StringComparison.Ordinal));
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");

        // Once it is right, all of it takes effect.
        report = await server.TryReloadAsync(config.Replace(Fill(wrong), "", StringComparison.Ordinal));
        Assert.True(report.Reloaded, ReportFormats.Text(report));
        Assert.Equal(2, report.Version);
        await using MailClient client = await MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, smtp));
    }

    private static async Task<string> GreetingAsync(IPEndPoint endPoint)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endPoint, Cancellation);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(Cancellation) ?? "";
    }

    /// <summary>The command line, as an operator types it.</summary>
    private static async Task<(int Code, string Text)> GodwitAsync(int port, params string[] words)
    {
        using var text = new StringWriter();
        var screen = new Screen(text, text, IsTerminal: false);
        int code = await new CommandLine(screen, _ => null).RunAsync([.. words, "--server", $"127.0.0.1:{port}"], Cancellation);
        return (code, text.ToString());
    }
}
