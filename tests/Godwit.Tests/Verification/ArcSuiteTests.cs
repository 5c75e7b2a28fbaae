using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>Every ARC validation suite in Vectors/arc.</summary>
public sealed class ArcSuiteTests
{
    /// <summary>Whether a document is of a suite for signing: only those have a key to sign with.</summary>
    internal static bool IsOfSigning(YamlMappingNode document) => document.Child("privatekey") is not null;

    /// <summary>
    /// Where the published suite wants another answer than the RFCs give by now, with our answer: it is of a draft, and older than RFC 8301 and RFC 8617.
    /// </summary>
    private static readonly Dictionary<string, string> _answers = new(StringComparer.Ordinal)
    {
        // RFC 8301 section 3.1: rsa-sha1 must not be used to verify.
        ["ams_fields_a_sha1"] = "fail",
        ["as_fields_a_sha1"] = "fail",

        // RFC 8301 section 3.2: no signature by a key of fewer than 1024 bits is valid.
        ["as_fields_b_512"] = "fail",

        // RFC 6376 section 3.5: h= has at least one name, and none of them is empty; section 6.1.1: what has not the form is not looked at.
        ["ams_fields_h_empty"] = "fail",
        ["ams_fields_h_mis_hdr"] = "fail",

        // RFC 8617 section 4.1.3: a seal is as DKIM-Signature, where t= may lack, but for a list that does not name t=. The draft demanded it.
        ["as_fields_t_na"] = "pass",

        // RFC 8617 section 5.2: a set has one field of each kind, and a number is not repeated. The draft took a repeated set for the same one.
        ["arc_set_duplicate"] = "fail",
    };

    /// <summary>File, test.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach ((string file, YamlMappingNode document) in SuiteFiles.Documents("arc").Where(each => !IsOfSigning(each.Document)))
        {
            foreach ((string name, _) in document.Tests())
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
            .First(each => each.File == file && !IsOfSigning(each.Document) && each.Document.Tests().Any(test => test.Name == name)).Document;
        YamlMappingNode test = document.Tests().First(each => each.Name == name).Test;
        Dictionary<string, string> records = document.Child("txt-records").Entries()
            .ToDictionary(each => each.Name, each => ((YamlScalarNode)each.Value).Value!.ReplaceLineEndings(" "), StringComparer.OrdinalIgnoreCase);
        string message = test.Text("message").ReplaceLineEndings("\r\n");

        ArcFinding finding = (await ContentDesk.CheckAsync(message, records.GetValueOrDefault)).Arc;

        // The published suite says of some that it leaves the result open.
        string expected = file == "arc-draft-validation-tests.yml" ? _answers.GetValueOrDefault(name, test.Text("cv")) : test.Text("cv");
        Assert.True(expected.Length == 0 || expected.Equals(finding.Word, StringComparison.OrdinalIgnoreCase), $"{finding.Word}: {finding.Reason}");
    }
}
