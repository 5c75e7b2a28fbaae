using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>What a published suite may look like.</summary>
public sealed class SuiteFilesTests
{
    [Fact]
    public void Tests_of_one_name_are_all_read()
    {
        const string Text = """
            tests:
              first:
                result: pass
              first:
                result: [fail, first]
              first:
                zones:
                  - A: 192.0.2.1
                  - A: 192.0.2.2
              last:
                result: none
            """;

        YamlMappingNode document = Assert.Single(SuiteFiles.Documents(new StringReader(Text)));

        (string Name, YamlNode Value)[] tests = [.. document.Child("tests").Entries()];
        Assert.Equal(["first", "first (2)", "first (3)", "last"], tests.Select(test => test.Name));
        Assert.Equal("pass", ((YamlMappingNode)tests[0].Value).Text("result"));
        Assert.Equal(2, ((YamlSequenceNode)((YamlMappingNode)tests[2].Value).Child("zones")!).Children.Count);
        Assert.Equal("none", ((YamlMappingNode)tests[3].Value).Text("result"));
    }
}
