// Why mail waits where nobody has configured anything: what is known about the provider binds, and "why" says so, over the API too. And where another try would
// meet the same, none is suggested.

using System.Text.Json;
using Godwit.Tests.Api;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ProvidersAreNamed
{
    [Fact]
    public async Task A_limit_that_binds_names_the_provider_it_comes_from()
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain there.test\n  max-smtp-out 1\n</provider>\n");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = new ScriptedSmtpServer(script => script.Always("DATA", PeerAnswer.After(gate.Task, "354 go on")));
        await using ApiLab lab = await ApiLab.StartAsync(Config(providers, host.Port));
        await lab.Server.SendAsync("a@sender.test", "one@there.test");
        await lab.Server.SendAsync("a@sender.test", "two@there.test");
        await host.NextSessionAsync();

        string expected = $"all 1 connections of the queue are in use (max-smtp-out); required by provider big ({providers.Line["provider-file ".Length..]})";
        Assert.Contains(expected, await lab.Server.RunAsync("why there.test"), StringComparison.Ordinal);
        Assert.Contains(expected, await WhyAsync(lab), StringComparison.Ordinal);

        // What somebody has configured is his, also where it says the same.
        await lab.Server.ReloadAsync(Config(providers, host.Port) + "\n<domain there.test>\nmax-smtp-out 1\n</domain>\n");
        Assert.DoesNotContain("provider big", await lab.Server.RunAsync("why there.test"), StringComparison.Ordinal);
        gate.SetResult();
    }

    [Theory]
    [InlineData("", "TLS is required by provider big (")]
    [InlineData("<domain there.test>\nrequire-starttls yes\n</domain>\n", "TLS is required: require-starttls is set")]
    public async Task TLS_that_a_provider_requires_is_not_called_a_setting_and_no_further_try_is_suggested(string more, string words)
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain there.test\n  require-starttls yes\n</provider>\n");
        await using var host = new ScriptedSmtpServer();
        await using ApiLab lab = await ApiLab.StartAsync(Config(providers, host.Port) + more);
        await lab.Server.SendAsync("a@sender.test", "one@there.test");
        await lab.Server.TopQueuesSayAsync("offers no STARTTLS");

        string why = await WhyAsync(lab);

        Assert.Contains(words, why, StringComparison.Ordinal);
        Assert.Contains("trying again will not help until that is mended", why, StringComparison.Ordinal);
        Assert.DoesNotContain("schedule", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("535 5.7.8 no such password", false)]
    [InlineData("454 4.7.0 the directory is away", true)]
    public async Task A_password_that_a_host_refuses_will_be_refused_again_and_a_host_that_cannot_ask_may_be_tried(string reply, bool isSuggested)
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain big.test\n</provider>\n");
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("AUTH PLAIN");
            script.Always("AUTH", reply);
        });
        const string Login = "<domain there.test>\nauth-username tim\nauth-password tanstaaf\nuse-unencrypted-plain-auth yes\n</domain>\n";
        await using ApiLab lab = await ApiLab.StartAsync(Config(providers, host.Port) + Login);
        await lab.Server.SendAsync("a@sender.test", "one@there.test");
        await lab.Server.TopQueuesSayAsync("refused to authenticate");

        Assert.Equal(isSuggested, (await WhyAsync(lab)).Contains("schedule there.test/{default}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_address_that_is_not_this_machines_is_no_case_for_another_try()
    {
        using var providers = new ProvidersOnDisk("<provider big>\n  domain big.test\n</provider>\n");
        await using ApiLab lab = await ApiLab.StartAsync(
            $"{Config(providers, ScriptedSmtpServer.UnusedPort())}<virtual-mta v1>\nsmtp-source-host 192.0.2.77 mx.test\n</virtual-mta>\n");
        await lab.Server.SendAsync("a@sender.test", "one@there.test", "X-Virtual-MTA: v1\r\nSubject: x\r\n\r\nhello\r\n");
        await lab.Server.TopQueuesSayAsync("EADDRNOTAVAIL");

        string why = await WhyAsync(lab, "v1");

        Assert.Contains("trying again will not help", why, StringComparison.Ordinal);
        Assert.DoesNotContain("schedule", why, StringComparison.Ordinal);
    }

    private static string Config(ProvidersOnDisk providers, int port) => $"""
        {providers.Line}
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          retry-after 1h
        </domain>

        """;

    /// <summary>Text and fix of each reason.</summary>
    private static async Task<string> WhyAsync(ApiLab lab, string virtualMta = "{default}") => string.Join(
        '\n',
        (await lab.GetAsync($"queues/there.test/{virtualMta}")).GetProperty("why").EnumerateArray()
            .Select(each => $"{each.GetProperty("text").GetString()} {each.GetProperty("fix").GetString()}"));
}
