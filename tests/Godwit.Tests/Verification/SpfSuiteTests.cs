using System.Net;
using System.Net.Sockets;
using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>Every SPF suite in Vectors/spf.</summary>
public sealed class SpfSuiteTests
{
    /// <summary>File, scenario, test.</summary>
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach ((string file, YamlMappingNode document) in SuiteFiles.Documents("spf"))
        {
            foreach ((string name, _) in document.Tests())
            {
                cases.Add(file, document.Text("description"), name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_suite_s_test_gives_the_result_that_it_names(string file, string scenario, string name)
    {
        YamlMappingNode document = SuiteFiles.Documents("spf").First(each => each.File == file && each.Document.Text("description") == scenario).Document;
        YamlMappingNode test = document.Tests().First(each => each.Name == name).Test;
        var identity = new SpfIdentity(IPAddress.Parse(test.Text("host")), test.Text("helo"), test.Text("mailfrom"), "mx.test");

        SpfVerdict verdict = await SpfCheck.RunAsync(new SuiteZone(document.Child("zonedata")).LookUp, identity, 2, 1_800_000_000, null, TestContext.Current.CancellationToken);

        string[] expected = test.Child("result") is YamlSequenceNode several
            ? [.. several.Select(each => ((YamlScalarNode)each).Value!)]
            : [test.Text("result")];
        Assert.Contains(verdict.Word, expected);
        if (test.Text("explanation") is { Length: > 0 } words && verdict.Result == SpfResult.Fail)
        {
            // RFC 7208 does not say in which case %{i} has the digits of an IPv6 address: the examples of section 7.4 have small letters, the published
            // suite wants large ones.
            Assert.Equal(words == "DEFAULT" ? "" : words, verdict.Explanation, ignoreCase: identity.Address.AddressFamily == AddressFamily.InterNetworkV6);
        }
    }
}
