// Mail waits because a host does not let us in, or has no TLS: what the operator sees of it, tries by hand, and what a reload says that mends it.

using Godwit.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheOperatorMendsALogin
{
    private const string Password = "planted-relay-Zq9";

    [Fact]
    public async Task Resolve_logs_in_as_a_delivery_would_and_says_how()
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("AUTH PLAIN LOGIN");
            script.On("AUTH", "235 2.7.0 welcome", $"535 5.7.8 {Password} is wrong");
        });
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, "use-starttls no\nuse-unencrypted-plain-auth yes"));

        Assert.EndsWith("AUTH: it offers PLAIN LOGIN; PLAIN is taken; logged in as relay\n", await server.RunAsync("resolve --connect there.test"), StringComparison.Ordinal);

        string refused = await server.RunAsync("resolve --connect there.test");
        Assert.Contains("AUTH: it offers PLAIN LOGIN; PLAIN is taken; 127.0.0.1 (127.0.0.1) refused to authenticate relay by PLAIN: 535 5.7.8 ****** is wrong", refused, StringComparison.Ordinal);
        Assert.StartsWith("status = StatusOk\nThe configuration (smtp-hosts) sends the mail", refused, StringComparison.Ordinal);
        Assert.EndsWith("\nnone of these hosts takes mail from here now (1 tried)\n", refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, refused + server.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use-starttls no", "AUTH: it offers PLAIN LOGIN; not authenticated at 127.0.0.1 (127.0.0.1): the host offers AUTH PLAIN LOGIN, which would show the password to the network")]
    [InlineData("require-starttls yes\nuse-unencrypted-plain-auth yes", "AUTH: not tried without TLS, which is required")]
    public async Task Resolve_sends_no_password_where_a_delivery_would_send_none(string rules, string said)
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("AUTH PLAIN LOGIN");
            script.On("AUTH", "235 2.7.0 welcome");
        });
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, rules));

        string answer = await server.RunAsync("resolve --connect there.test");
        Assert.Contains(said, answer, StringComparison.Ordinal);
        Assert.EndsWith("\nnone of these hosts takes mail from here now (1 tried)\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Sessions.SelectMany(session => session.Commands), line => line.Contains("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resolve_says_nothing_of_a_login_where_none_is_configured()
    {
        await using var host = new ScriptedSmtpServer(script => script.Extensions.Add("AUTH PLAIN LOGIN"));
        await using RunningServer server = await RunningServer.StartAsync($"<domain *>\nsmtp-hosts [127.0.0.1]:{host.Port}\n</domain>\n");

        Assert.DoesNotContain("AUTH:", await server.RunAsync("resolve --connect there.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_TLS_holds_counts_its_tries_and_a_reload_that_mends_it_names_schedule()
    {
        await using var host = new ScriptedSmtpServer();
        string held = $"<domain *>\nsmtp-hosts [127.0.0.1]:{host.Port}\nretry-after 1h\nrequire-starttls yes\n</domain>\n";
        await using RunningServer server = await RunningServer.StartAsync(held);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordsAsync("tq", 1);

        string why = await server.RunAsync("why b@there.test");
        Assert.Contains("0 attempt(s) of its own, 1 of its queue without a host that served it", why, StringComparison.Ordinal);
        Assert.Contains("Its last try found no host that served it.", why, StringComparison.Ordinal);

        ReloadReport nothing = await server.TryReloadAsync(held + "total-max-smtp-out 77\n");
        Assert.True(nothing.Reloaded, string.Join('\n', nothing.Problems));
        Assert.DoesNotContain("schedule", ReportFormats.Text(nothing), StringComparison.Ordinal);

        ReloadReport mended = await server.TryReloadAsync(held.Replace("require-starttls yes", "require-starttls no", StringComparison.Ordinal));
        Assert.Contains("1 queue(s) wait for their next try, and what it is made with has changed", ReportFormats.Text(mended), StringComparison.Ordinal);
        Assert.Contains("\"schedule there.test/{default}\" tries now", ReportFormats.Text(mended), StringComparison.Ordinal);

        await server.RunAsync("schedule there.test/{default}");
        await server.RecordAsync("d", "b@there.test");
    }

    private static string Config(int port, string rules) => $"""
        <domain *>
        smtp-hosts [127.0.0.1]:{port}
        auth-username relay
        auth-password {Password}
        {rules}
        </domain>
        """;
}
