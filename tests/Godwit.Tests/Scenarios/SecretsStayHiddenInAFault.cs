// What a broken invariant prints, in each place that catches one and where nothing does: a session in the middle of AUTH, a delivery that has just logged in,
// an operator's verb, a page of the management port, a reload, and the whole process. The secrets are in memory each time.

using System.Net.Sockets;
using System.Text;
using Godwit.Control;
using Godwit.Tests.Support;
using static Godwit.Tests.Support.PlantedSecrets;

namespace Godwit.Tests.Scenarios;

public sealed class SecretsStayHiddenInAFault : IDisposable
{
    private readonly PlantedSecrets _planted = new();

    public void Dispose() => _planted.Dispose();

    [Fact]
    public async Task A_session_that_breaks_in_the_middle_of_AUTH_tells_no_secret()
    {
        var time = new BreakableTime();
        await using RunningServer server = await RunningServer.StartAsync(_planted.Config(ScriptedSmtpServer.UnusedPort(), Tool.FreePort()), time: time);
        foreach (string line in (string[])[$"AUTH PLAIN {Base64($"\0tim\0{HostPassword}")}", $"AUTH PLAIN {Base64($"\0ann\0{UserPassword}x")}"])
        {
            await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);
            await client.AskAsync("EHLO client.test");
            time.Break("SmtpSession.FailAsync");
            Assert.Equal("", await client.AskAsync(line));
            time.Break("");
        }

        await Eventually.TrueAsync(() => Count(server.Log(), "broken by the test in SmtpSession.FailAsync") >= 2, TimeSpan.FromSeconds(20), "two sessions broke");
        await server.SendAsync("a@sender.test", "b@there.test");
        _planted.AreHiddenIn(server.Log());
    }

    [Fact]
    public async Task A_delivery_that_breaks_behind_its_login_tells_no_secret()
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("AUTH PLAIN XOAUTH2");
            script.On("AUTH", $"235 2.7.0 welcome {HostPassword}", "235 2.7.0 welcome");
        });
        var time = new BreakableTime();
        await using RunningServer server = await RunningServer.StartAsync(_planted.Config(host.Port, Tool.FreePort()), time: time);
        time.Break("SmtpDelivery.IntroduceAsync");
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.LogSaysAsync("broken by the test in SmtpDelivery.IntroduceAsync");

        string said = await server.RunAsync("why b@there.test") + await server.RunAsync("show topqueues --errors") + await server.RunAsync("list");

        Assert.Contains("fault of this server", said, StringComparison.Ordinal);
        _planted.AreHiddenIn(said);
        _planted.AreHiddenIn(server.Log());
        time.Break("");
    }

    [Fact]
    public async Task A_verb_a_page_and_a_reload_that_break_tell_no_secret()
    {
        var time = new BreakableTime();
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync(_planted.Config(ScriptedSmtpServer.UnusedPort(), port), time: time);
        var said = new StringBuilder();
        time.Break("StatusReport..ctor");
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => server.Server.Operator.ShowStatus());
        said.Append(fault);

        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/status"), TestContext.Current.CancellationToken);
        said.Append(answer).Append(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, answer.StatusCode);
        time.Break("");

        server.WhileReading = static () => throw new InvalidOperationException("broken by the test while reading");
        said.Append(await Assert.ThrowsAsync<InvalidOperationException>(() => server.Server.Operator.ReloadAsync(TestContext.Current.CancellationToken)));

        _planted.AreHiddenIn(said.ToString());
        _planted.AreHiddenIn(server.Log());
    }

    [Fact]
    public async Task A_process_that_ends_by_a_fault_nothing_catches_tells_no_secret()
    {
        string root = Directory.CreateTempSubdirectory("godwit-fault-").FullName;
        int port = Tool.FreePort();
        string config = Path.Combine(root, "config");
        string crash = Path.Combine(root, "crash");
        Directory.CreateDirectory(Path.Combine(root, "spool"));
        await File.WriteAllTextAsync(config, $"""
            postmaster postmaster@mx.test
            host-name mx.test
            smtp-listener 127.0.0.1:{port}
            log-file {root}/godwit.log
            <spool {root}/spool>
            </spool>
            <source 127.0.0.1>
              always-allow-relaying yes
            </source>
            {_planted.Config(ScriptedSmtpServer.UnusedPort(), Tool.FreePort())}
            """, TestContext.Current.CancellationToken);
        await using GodwitProcess server = await GodwitProcess.StartAsync(
            config, port, "/usr/bin/env", $"DOTNET_STARTUP_HOOKS={typeof(StartupHook).Assembly.Location}", $"{StartupHook.Variable}={crash}");

        // A password that is just being given, beside all those of the configuration.
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"EHLO x\r\nAUTH PLAIN {Base64("\0tim\0" + UserPassword)}\r\n"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(crash, "", TestContext.Current.CancellationToken);
        int code = await server.WaitForExitAsync();

        Assert.NotEqual(0, code);
        Assert.Contains("an invariant was broken by the test", server.Errors, StringComparison.Ordinal);
        _planted.AreHiddenIn(server.Errors);
        _planted.AreHiddenIn(await File.ReadAllTextAsync(Path.Combine(root, "godwit.log"), TestContext.Current.CancellationToken));
        Directory.Delete(root, recursive: true);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
