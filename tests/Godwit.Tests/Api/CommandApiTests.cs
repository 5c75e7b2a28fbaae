using System.Net;
using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

public sealed class CommandApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_answers_with_its_outcome_its_words_and_its_tree()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        (_, JsonElement done) = await lab.PostAsync("commands", """{"command":"show status"}""");
        (HttpStatusCode status, JsonElement usage) = await lab.PostAsync("commands", """{"command":"paint it black"}""");

        Assert.Equal("done", done.GetProperty("outcome").GetString());
        Assert.True(done.GetProperty("data").TryGetProperty("status", out _));
        Assert.Contains("mx.test", done.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "usage"), (status, usage.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_change_without_a_proof_is_not_made()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Http.DefaultRequestHeaders.Clear();

        Assert.Equal(HttpStatusCode.Forbidden, (await lab.PostAsync("commands", """{"command":"pause queue a.example/v1"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await lab.PostAsync("commands", """{"command":"show status"}""")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await lab.PostAsync("queues/a.example/v1/pause")).Status);
    }

    [Fact]
    public async Task A_trace_tells_the_dialog_line_by_line_and_then_that_it_has_ended()
    {
        await using ScriptedSmtpServer host = new();
        await using ApiLab lab = await ApiLab.StartAsync($"<domain *>\n  smtp-hosts [127.0.0.1]:{host.Port}\n</domain>\n");
        await lab.Server.RunAsync("pause queue */*");
        await lab.Server.SendAsync("a@sender.test", "b@there.test");
        await lab.Server.RunAsync("resume queue */*");
        await lab.Server.EmptyAsync("there.test");
        host.Script.Always("RCPT", "450 4.2.1 later");
        await lab.Server.SendAsync("a@sender.test", "c@there.test");
        await lab.Server.RecordAsync("t", "c@there.test");
        await Eventually.TrueAsync(() => lab.Server.Queue("there.test") is { Deferred: 1, Connections: 0 }, TimeSpan.FromSeconds(20));

        using HttpResponseMessage traced = await lab.Http.PostAsync(new Uri("queues/there.test/{default}/trace", UriKind.Relative), null, Cancellation);
        string events = await traced.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains("""{"line":"RCPT TO:\u003Cc@there.test\u003E","direction":"out"}""", events, StringComparison.Ordinal);
        Assert.Contains("""{"line":"450 4.2.1 later","direction":"in"}""", events, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"message\":\"\"}\n\n", events, StringComparison.Ordinal);
    }
}
