using System.Net;
using System.Text.Json;

namespace Godwit.Tests.Api;

public sealed class ConfigApiTests
{
    [Fact]
    public async Task A_file_is_read_checked_written_and_put_in_force()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonElement file = await lab.GetAsync("config/file");
        string text = file.GetProperty("content").GetString() + "\n<virtual-mta fresh>\n</virtual-mta>\n";
        string order = Order(file, text, file.GetProperty("etag").GetString());

        (_, JsonElement check) = await lab.PostAsync("config/check", order);
        (HttpStatusCode written, JsonElement saved) = await lab.SendAsync(HttpMethod.Put, "config/file", order);
        (_, JsonElement reloaded) = await lab.PostAsync("config/reload");

        Assert.True(check.GetProperty("ok").GetBoolean(), check.ToString());
        Assert.Equal("virtual MTA fresh is new", check.GetProperty("changes")[0].GetProperty("text").GetString());
        Assert.True(written == HttpStatusCode.OK && saved.GetProperty("written").GetBoolean(), saved.ToString());
        Assert.Equal((true, 2), (reloaded.GetProperty("reloaded").GetBoolean(), reloaded.GetProperty("version").GetInt32()));
        JsonElement virtualMtas = await lab.GetAsync("virtual-mtas?sort=name");
        Assert.Contains("fresh", virtualMtas.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_file_with_errors_is_not_written_and_each_error_names_its_line()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonElement file = await lab.GetAsync("config/file");
        string order = Order(file, "smtp-listener nonsense\n", file.GetProperty("etag").GetString());

        (HttpStatusCode status, JsonElement saved) = await lab.SendAsync(HttpMethod.Put, "config/file", order);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        JsonElement problem = saved.GetProperty("problems").EnumerateArray().First(each => each.GetProperty("line").GetInt32() == 1);
        Assert.Equal("error", problem.GetProperty("severity").GetString());
        Assert.Equal(file.GetProperty("content").GetString(), (await lab.GetAsync("config/file")).GetProperty("content").GetString());
    }

    [Fact]
    public async Task Who_read_a_file_before_somebody_else_wrote_it_does_not_overwrite_that()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonElement file = await lab.GetAsync("config/file");

        (HttpStatusCode status, _) = await lab.SendAsync(HttpMethod.Put, "config/file", Order(file, "# mine\n", "of another text"));

        Assert.Equal(HttpStatusCode.PreconditionFailed, status);
    }

    private static string Order(JsonElement file, string content, string? etag) =>
        JsonSerializer.Serialize(new { name = file.GetProperty("name").GetString(), content, etag });
}
