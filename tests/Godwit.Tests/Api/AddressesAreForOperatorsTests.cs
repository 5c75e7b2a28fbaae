using System.Net;
using System.Text.Json;
using Godwit.Tests.Support;
using Godwit.Web;

namespace Godwit.Tests.Api;

/// <summary>What hosts say often names the one it is about: whoever may only look gets it with a word in the place of the address, wherever it stands.</summary>
public sealed class AddressesAreForOperatorsTests
{
    private const string Address = "ann.of.accounts@there.test";

    /// <summary>Every address that shows words of hosts, or the configuration, to whoever may look.</summary>
    private static readonly string[] _paths =
    [
        "queues", "queues/there.test/{default}", "destinations", "destinations/there.test", "virtual-mtas/{default}", "unclassified", "overview", "operations",
        "../../queues?errors=1", "../../queueDetail?queue=there.test", "../../domains", "../../domainDetail?domain=there.test",
        "../../queueDetail?queue=there.test&format=json", "../../domainDetail?domain=there.test&format=xml",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_may_look_sees_no_address_and_no_settings()
    {
        await using ScriptedSmtpServer host = new();
        await using ApiLab lab = await ApiLab.StartAsync($"<domain *>\n  smtp-hosts [127.0.0.1]:{host.Port}\n  retry-after 1h\n</domain>\n");
        host.Script.Always("RCPT", $"450 4.2.1 frobnicated <{Address}> for now");
        await lab.Server.SendAsync("a@sender.test", Address);
        await lab.Server.RecordAsync("t", Address);
        await Eventually.TrueAsync(() => lab.Server.Queue("there.test") is { Deferred: 1, Connections: 0 }, TimeSpan.FromSeconds(20));
        string whole = string.Concat(await Task.WhenAll(_paths.Select(path => ReadAsync(lab, path))));
        lab.Http.DefaultRequestHeaders.Remove(ControlToken.Header);

        Assert.Contains(Address, whole, StringComparison.Ordinal);
        foreach (string path in _paths)
        {
            string part = await ReadAsync(lab, path);
            Assert.False(part.Contains(Address, StringComparison.Ordinal), $"{path}: {part}");
        }

        Assert.Contains("frobnicated", await ReadAsync(lab, "queues/there.test/{default}"), StringComparison.Ordinal);
        Assert.Empty((await lab.GetAsync("queues/there.test/{default}")).GetProperty("settings").EnumerateArray());
        Assert.Empty((await lab.GetAsync("virtual-mtas/{default}")).GetProperty("settings").EnumerateArray());
        (_, JsonElement command) = await lab.PostAsync("commands", """{"command":"show topqueues --errors"}""");
        Assert.DoesNotContain(Address, command.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await lab.SendAsync(HttpMethod.Get, "settings?queue=there.test")).Status);
    }

    [Fact]
    public async Task Nor_in_what_binds_a_queue_that_no_host_serves()
    {
        await using ScriptedSmtpServer host = new(answers => answers.Greeting = $"421 4.7.1 frobnicated <{Address}> for now");
        await using ApiLab lab = await ApiLab.StartAsync($"<domain *>\n  smtp-hosts [127.0.0.1]:{host.Port}\n  retry-after 1h\n</domain>\n");
        await lab.Server.SendAsync("a@sender.test", Address);
        await Eventually.TrueAsync(() => lab.Server.Queue("there.test") is { InRetry: true, Connections: 0 }, TimeSpan.FromSeconds(20));
        string limit = (await lab.GetAsync("queues/there.test/{default}")).GetProperty("limit").GetString()!;
        lab.Http.DefaultRequestHeaders.Remove(ControlToken.Header);

        Assert.Contains(Address, limit, StringComparison.Ordinal);
        foreach (string path in _paths)
        {
            string part = await ReadAsync(lab, path);
            Assert.False(part.Contains(Address, StringComparison.Ordinal), $"{path}: {part}");
        }
    }

    private static async Task<string> ReadAsync(ApiLab lab, string path)
    {
        using HttpResponseMessage reply = await lab.Http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        string text = await reply.Content.ReadAsStringAsync(Cancellation);
        Assert.True(reply.IsSuccessStatusCode, $"{path}: {reply.StatusCode} {text}");
        return text.Replace("\\u003C", "<", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal);
    }
}
