using System.Text.Json;

namespace Godwit.Tests.Api;

public sealed class WarmUpApiTests
{
    private const string Config = """
        <virtual-mta warm>
          smtp-source-host 127.0.0.2 mx2.test
          cold-virtual-mta cold
        </virtual-mta>
        <virtual-mta cold>
          smtp-source-host 127.0.0.3 mx3.test
        </virtual-mta>
        <source 127.0.0.1>
          default-virtual-mta warm
        </source>
        <domain *>
          type discard
          max-cold-virtual-mta-msg 2/day
        </domain>
        <domain big.test>
          max-cold-virtual-mta-msg 5/day
        </domain>
        """;

    [Fact]
    public async Task A_cold_virtual_mta_says_how_far_its_warm_up_has_come_today_and_the_others_have_none()
    {
        await using ApiLab lab = await ApiLab.StartAsync(Config);
        Assert.Equal("0 of 0, 0 of 0 full", Show((await lab.GetAsync("virtual-mtas/cold")).GetProperty("warmUp")));
        string[] destinations = ["big.test", "small.test", "small.test", "small.test"];
        for (int i = 0; i < destinations.Length; i++)
        {
            await lab.Server.SendAsync("news@sender.test", $"r{i}@{destinations[i]}");
        }

        await lab.Server.RecordsAsync("d", destinations.Length);
        await lab.PostAsync("queues/big.test/cold/normal"); // The next look is at what is there now.

        JsonElement cold = await lab.GetAsync("virtual-mtas/cold");
        Assert.Equal("3 of 7, 1 of 2 full", Show(cold.GetProperty("warmUp")));
        Assert.Equal("3 of 7, 1 of 2 full", Show(cold.GetProperty("sources")[0].GetProperty("warmUp")));
        Assert.Equal(
            ["small.test 2/2", "big.test 1/5"],
            cold.GetProperty("warmUpDestinations").EnumerateArray().Select(each =>
                $"{each.GetProperty("destination").GetString()} {each.GetProperty("used").GetInt32()}/{each.GetProperty("limit").GetInt32()}"));
        Assert.Equal(["127.0.0.2 Null", "127.0.0.3 Object"], Kinds(await lab.GetAsync("sources"), "address").Where(each => each[0] != ' '));
        Assert.Equal(["cold Object", "warm Null", "{default} Null"], Kinds(await lab.GetAsync("virtual-mtas?sort=name"), "name"));
        Assert.Equal(0, (await lab.GetAsync("virtual-mtas/warm")).GetProperty("warmUpDestinations").GetArrayLength());
    }

    private static IEnumerable<string> Kinds(JsonElement list, string name) => list.GetProperty("items").EnumerateArray()
        .Select(each => $"{each.GetProperty(name).GetString()} {each.GetProperty("warmUp").ValueKind}").Order(StringComparer.Ordinal);

    private static string Show(JsonElement warmUp) =>
        $"{warmUp.GetProperty("used")} of {warmUp.GetProperty("limit")}, {warmUp.GetProperty("full")} of {warmUp.GetProperty("destinations")} full";
}
