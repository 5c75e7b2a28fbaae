using System.Net;
using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

public sealed class OperationApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fifty_thousand_recipients_are_deleted_behind_the_answer_and_their_progress_is_told()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await FillOneQueueAsync(lab, messages: 50);

        using var order = new StringContent("""{"kind":"delete","queue":"big.example/{default}"}""", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage reply = await lab.Http.PostAsync("operations", order, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        string location = reply.Headers.Location!.ToString();

        long before = 0;
        JsonElement last = default;
        while (true)
        {
            last = await lab.GetAsync(location);
            long done = last.GetProperty("done").GetInt64();
            Assert.InRange(done, before, 50_000);
            Assert.Equal(50_000, last.GetProperty("total").GetInt64());
            before = done;
            if (last.GetProperty("state").GetString() != "running")
            {
                break;
            }
        }

        Assert.Equal(("done", "Deleted 50000 recipient(s)."), (last.GetProperty("state").GetString(), last.GetProperty("message").GetString()));
        Assert.Equal(0, (await lab.GetAsync("overview")).GetProperty("queuedRecipients").GetInt64());
        Assert.Equal(50_000, lab.Server.Accounting.Of("b").Count);
    }

    [Fact]
    public async Task One_that_is_stopped_leaves_the_rest_as_it_was()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await FillOneQueueAsync(lab, messages: 20);
        (_, JsonElement begun) = await lab.PostAsync("operations", """{"kind":"delete","queue":"big.example/{default}"}""");
        string path = $"operations/{begun.GetProperty("id").GetInt32()}";

        Assert.Equal(HttpStatusCode.Accepted, (await lab.SendAsync(HttpMethod.Delete, path)).Status);

        JsonElement ended = await EndedAsync(lab, path);
        long deleted = lab.Server.Accounting.Of("b").Count;
        Assert.Equal(deleted, ended.GetProperty("done").GetInt64());
        Assert.Equal(20_000 - deleted, lab.Server.Waiting);
    }

    [Fact]
    public async Task Many_queues_are_deleted_by_one_operation_and_one_that_has_gone_is_no_failure()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.FillAsync(12);
        string queues = string.Join(',', Enumerable.Range(0, 10).Select(i => $"\"d{i:000000}.example/{{default}}\"").Append("\"gone.example/{default}\""));

        (HttpStatusCode status, JsonElement begun) = await lab.PostAsync("operations", $$"""{"kind":"delete","queues":[{{queues}}]}""");

        Assert.Equal(HttpStatusCode.Accepted, status);
        JsonElement ended = await EndedAsync(lab, $"operations/{begun.GetProperty("id").GetInt32()}");
        Assert.Equal(("done", "Deleted 10 recipient(s) of 11 queues."), (ended.GetProperty("state").GetString(), ended.GetProperty("message").GetString()));
        Assert.Equal(2, lab.Server.Waiting);
    }

    [Theory]
    [InlineData("""{"kind":"delete","queues":[]}""", 400, "write 1 to 5000")]
    [InlineData("""{"kind":"delete","queue":"a.example/v1","queues":["b.example/v1"]}""", 400, "not both")]
    [InlineData("""{"kind":"delete"}""", 400, "name a queue or a job")]
    [InlineData("""{"kind":"delete","queue":"nowhere.example/{default}"}""", 409, "no queue matches nowhere.example/{default}")]
    [InlineData("""{"kind":"paint","queue":"*/*"}""", 400, "there is no operation \"paint\"")]
    [InlineData("""{"kind":"delete","queue":7}""", 400, "the body is no JSON of the form")]
    [InlineData("""{"kind":"delete","queue":"*/*","recipiant":"a@there.test"}""", 400, "recipient (text)")]
    [InlineData("""{"kind":"delete","queue":"*/*","recipient":""}""", 400, "may be left out, not empty")]
    [InlineData("""{"kind":"delete","queue":"*/*","olderThan":-1}""", 400, "seconds from 0 on")]
    [InlineData("""{"kind":""", 400, "the body is no JSON of the form")]
    public async Task An_order_that_makes_no_sense_begins_nothing(string order, int status, string detail)
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        (HttpStatusCode found, JsonElement problem) = await lab.PostAsync("operations", order);

        Assert.Equal(status, (int)found);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await lab.GetAsync("operations")).GetProperty("total").GetInt32());
    }

    private static async Task FillOneQueueAsync(ApiLab lab, int messages)
    {
        await lab.Server.RunAsync("pause queue */*");
        await using MailClient client = await MailClient.ConnectAsync(lab.Server.EndPoint);
        for (int i = 0; i < messages; i++)
        {
            await client.SendAsync("a@sender.test", Enumerable.Range(0, 1000).Select(n => $"r{n}@big.example"), "Subject: x\r\n\r\nx\r\n"u8.ToArray());
        }
    }

    private static async Task<JsonElement> EndedAsync(ApiLab lab, string path)
    {
        JsonElement operation;
        do
        {
            operation = await lab.GetAsync(path);
        }
        while (operation.GetProperty("state").GetString() == "running");

        return operation;
    }
}
