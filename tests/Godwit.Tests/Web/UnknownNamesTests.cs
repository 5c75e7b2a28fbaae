using System.Text.Json;
using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>Who asks for something that there is not is told so, in the form that was asked for.</summary>
public sealed class UnknownNamesTests
{
    [Theory]
    [InlineData("/queueDetail?queue=c.example/v1", "no queue with mail is called \"c.example/v1\"")]
    [InlineData("/domainDetail?domain=c.example", "no domain with mail is called \"c.example\"")]
    [InlineData("/jobDetail?jobid=campaign", "no job with mail, and none that is paused, is called \"campaign\"")]
    public async Task A_detail_of_what_there_is_not_is_an_error(string address, string message)
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        lab.Server.AddQueue("a.example/v1", 1);

        PortLab.Answer json = await lab.GetAsync(address + "&format=json");
        PortLab.Answer text = await lab.GetAsync(address);

        Assert.Equal((404, "error", message), (json.Status, json.Json("status"), json.Json("message")));
        Assert.Equal((404, message + "\n"), (text.Status, text.Body));
    }

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_an_empty_list()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);

        PortLab.Answer answer = await lab.GetAsync("/queueDetail?queue=c*&format=json");

        Assert.Equal(200, answer.Status);
        using var document = JsonDocument.Parse(answer.Body);
        Assert.Equal(0, document.RootElement.GetProperty("data").GetProperty("queue").GetArrayLength());
    }

    [Theory]
    [InlineData("/nothing", "/api", "/metrics", "/configFile", "/status", "/health")]
    [InlineData("/api/v1/nothing", "/api/v1/openapi.json")]
    public async Task An_address_that_there_is_not_says_where_to_look(string address, params string[] known)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);

        PortLab.Answer answer = await lab.GetAsync(address);

        Assert.Equal(404, answer.Status);
        Assert.All(known, each => Assert.Contains(each, answer.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_may_not_is_told_what_to_send_and_where_that_is_described()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);

        PortLab.Answer local = await lab.GetAsync("/api/v1/config/files");
        PortLab.Answer proxied = await lab.GetAsync("/api/v1/config/files", ("X-Forwarded-For", "203.0.113.9"));
        PortLab.Answer change = await lab.SendAsync(HttpMethod.Post, "/api/v1/config/reload", null, ("X-Forwarded-For", "203.0.113.9"));

        foreach (PortLab.Answer answer in (PortLab.Answer[])[local, proxied, change])
        {
            Assert.Equal(403, answer.Status);
            Assert.Contains("http-api-key", answer.Body, StringComparison.Ordinal);
            Assert.Contains("X-API-Key", answer.Body, StringComparison.Ordinal);
            Assert.Contains("docs/api.md", answer.Body, StringComparison.Ordinal);
        }
    }
}
