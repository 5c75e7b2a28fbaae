using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>Every ARC validation suite in Vectors/arc.</summary>
public sealed class ArcSuiteTests
{
    /// <summary>Whether a document is of a suite for signing: only those have a key to sign with.</summary>
    internal static bool IsOfSigning(YamlMappingNode document) => document.Child("privatekey") is not null;

    /// <summary>File, test.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach ((string file, YamlMappingNode document) in SuiteFiles.Documents("arc").Where(each => !IsOfSigning(each.Document)))
        {
            foreach ((string name, _) in document.Child("tests").Entries())
            {
                cases.Add(file, name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_suite_s_chain_gives_the_result_that_it_names(string file, string name)
    {
        YamlMappingNode document = SuiteFiles.Documents("arc")
            .First(each => each.File == file && !IsOfSigning(each.Document) && each.Document.Child("tests").Entries().Any(test => test.Name == name)).Document;
        var test = (YamlMappingNode)document.Child("tests").Entries().First(each => each.Name == name).Value;
        Dictionary<string, string> records = document.Child("txt-records").Entries()
            .ToDictionary(each => each.Name, each => ((YamlScalarNode)each.Value).Value!, StringComparer.OrdinalIgnoreCase);
        string message = test.Text("message").ReplaceLineEndings("\r\n");

        ArcFinding finding = (await ContentDesk.CheckAsync(message, records.GetValueOrDefault)).Arc;

        // The published suite says of some that it leaves the result open.
        Assert.True(test.Text("cv").Length == 0 || test.Text("cv").Equals(finding.Word, StringComparison.OrdinalIgnoreCase), $"{finding.Word}: {finding.Reason}");
    }
}
