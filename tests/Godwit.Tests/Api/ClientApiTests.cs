using System.Net;
using System.Text.Json;
using Godwit.Tests.Support;

namespace Godwit.Tests.Api;

public sealed class ClientApiTests
{
    private const string Config = ApiLab.Stuck + """
        <source 127.0.0.1>
          require-auth yes
          allow-unencrypted-plain-auth yes
          smtp-max-auth-failure-rate 1/10h
        </source>
        <smtp-user tim>
          password tanstaaf
        </smtp-user>
        """;

    [Fact]
    public async Task A_client_that_is_shut_out_is_listed_needs_attention_and_is_let_in_again()
    {
        await using ApiLab lab = await ApiLab.StartAsync(Config);
        Assert.Empty(Items(await lab.GetAsync("clients/disabled")));
        await FailTwiceAsync(lab);

        JsonElement client = Assert.Single(Items(await lab.GetAsync("clients/disabled")));
        Assert.Equal(
            ("127.0.0.1", "2 failed authentications (smtp-max-auth-failure-rate)"),
            (client.GetProperty("address").GetString(), client.GetProperty("reason").GetString()));
        Assert.Equal(TimeSpan.FromHours(10), client.GetProperty("until").GetDateTime() - client.GetProperty("since").GetDateTime());
        JsonElement attention = Assert.Single(await AttentionAsync(lab));
        Assert.Equal(("notice", "config"), (attention.GetProperty("severity").GetString(), attention.GetProperty("link").GetProperty("page").GetString()));
        Assert.StartsWith("127.0.0.1 until ", attention.GetProperty("detail").GetString(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.BadRequest, (await lab.PostAsync("clients/*/enable")).Status);
        Assert.Equal(HttpStatusCode.OK, (await lab.PostAsync("clients/127.0.0.1/enable")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await lab.PostAsync("clients/127.0.0.1/enable")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await lab.PostAsync("clients/2001%3Adb8%3A%3A%2F64/enable")).Status);
        Assert.Empty(Items(await lab.GetAsync("clients/disabled")));
        Assert.Empty(await AttentionAsync(lab));
    }

    private static async Task FailTwiceAsync(ApiLab lab)
    {
        string wrong = "AUTH PLAIN " + Convert.ToBase64String("\0tim\0wrong"u8);
        await using StartTlsClient guesser = await StartTlsClient.ConnectAsync(lab.Server.EndPoint);
        await guesser.ReplyAsync();
        await guesser.AskAsync("EHLO client.test");
        Assert.StartsWith("535", await guesser.AskAsync(wrong), StringComparison.Ordinal);
        Assert.StartsWith("535", await guesser.AskAsync(wrong), StringComparison.Ordinal);
    }

    private static async Task<JsonElement[]> AttentionAsync(ApiLab lab) =>
        [.. (await lab.GetAsync("overview")).GetProperty("attention").EnumerateArray().Where(each => each.GetProperty("kind").GetString() == "clientShutOut")];

    private static JsonElement[] Items(JsonElement list) => [.. list.GetProperty("items").EnumerateArray()];
}
