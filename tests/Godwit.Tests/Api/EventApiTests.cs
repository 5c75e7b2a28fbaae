using System.Text.Json;

namespace Godwit.Tests.Api;

public sealed class EventApiTests
{
    [Fact]
    public async Task Events_are_counted_where_all_of_them_are_on_the_page_and_nowhere_else()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.Server.SendAsync("a@sender.test", ["x@there.test", "y@there.test", "z@there.test"]);

        JsonElement all = await lab.GetAsync("events?domain=there.test&kind=accepted&limit=3");
        JsonElement some = await lab.GetAsync("events?domain=there.test&kind=accepted&limit=2");
        JsonElement rest = await lab.GetAsync($"events?domain=there.test&kind=accepted&limit=2&cursor={some.GetProperty("next").GetString()}");

        Assert.Equal((3, 3), (all.GetProperty("items").GetArrayLength(), all.GetProperty("total").GetInt32()));
        Assert.Equal((2, JsonValueKind.Null), (some.GetProperty("items").GetArrayLength(), some.GetProperty("total").ValueKind));
        Assert.Equal((1, JsonValueKind.Null), (rest.GetProperty("items").GetArrayLength(), rest.GetProperty("total").ValueKind));
    }
}
