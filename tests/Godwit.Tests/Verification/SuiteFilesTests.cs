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

    [Fact]
    public void Scenarios_without_a_line_between_them_are_both_read()
    {
        const string Text = """
            description: one
            tests:
              first:
                result: pass
              stray: text
            domain: example.org
            description: two
            tests:
              first:
                result: fail
            domain: example.net
            """;

        YamlMappingNode[] documents = [.. SuiteFiles.Documents(new StringReader(Text))];

        Assert.Equal(["one", "two"], documents.Select(document => document.Text("description")));
        Assert.Equal(["example.org", "example.net"], documents.Select(document => document.Text("domain")));
        Assert.Equal(["pass", "fail"], documents.Select(document => Assert.Single(document.Tests()).Test.Text("result")));
    }
}
