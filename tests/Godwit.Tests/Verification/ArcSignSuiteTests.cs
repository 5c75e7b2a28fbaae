using System.Text;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>
/// Every ARC suite for signing in Vectors/arc. What a suite says of each tag must hold but for two things that RFC 8617 leaves to whoever seals: the order of
/// tags, and with it the signatures, which our own verifier judges instead; and which fields are signed beside those that the suite names.
/// </summary>
public sealed class ArcSignSuiteTests
{
    /// <summary>File, test.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach ((string file, YamlMappingNode document) in SuiteFiles.Documents("arc").Where(each => ArcSuiteTests.IsOfSigning(each.Document)))
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
    public async Task A_suite_s_message_gets_the_set_that_it_names(string file, string name)
    {
        YamlMappingNode document = SuiteFiles.Documents("arc").First(each =>
            each.File == file && ArcSuiteTests.IsOfSigning(each.Document) && each.Document.Tests().Any(test => test.Name == name)).Document;
        YamlMappingNode test = document.Tests().First(each => each.Name == name).Test;
        Dictionary<string, string> records = document.Child("txt-records").Entries()
            .ToDictionary(each => each.Name, each => ((YamlScalarNode)each.Value).Value!.ReplaceLineEndings(" "), StringComparer.OrdinalIgnoreCase);
        string message = test.Text("message").ReplaceLineEndings("\r\n");
        ContentFindings found = await ContentDesk.CheckAsync(message, records.GetValueOrDefault, wantsBody: true);
        Assert.Equal(test.Text("AS").Length > 0, ArcSealer.MaySeal(found.Arc));
        if (test.Text("AS").Length == 0)
        {
            return;
        }

        string set = Seal(document, test, message, found);

        string[] fields = set.Replace("\r\n ", "", StringComparison.Ordinal).Replace("\r\n\t", "", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"], fields.Select(field => field[..field.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Equal(Tags(test.Text("AS")), Tags(Value(fields[0])));
        Assert.Equal(Tags(test.Text("AMS")), Tags(Value(fields[1])));
        Assert.True(test.Child("AAR") is null || Parts(test.Text("AAR")).SequenceEqual(Parts(Value(fields[2]))), fields[2]);
        Assert.Empty(Fields(test.Text("sig-headers")).Where(field => Stands(message, field)).Except(Fields(Tag(Value(fields[1]), "h")), StringComparer.OrdinalIgnoreCase));

        ArcFinding sealedChain = (await ContentDesk.CheckAsync(set + message, records.GetValueOrDefault)).Arc;
        Assert.Equal(Tag(test.Text("AS"), "cv") == "fail" ? ArcResult.Fail : ArcResult.Pass, sealedChain.Result);
        Assert.Equal(Tag(test.Text("AS"), "i"), sealedChain.Instance.ToString());
    }

    private static string Seal(YamlMappingNode document, YamlMappingNode test, string message, ContentFindings found)
    {
        byte[] octets = Encoding.Latin1.GetBytes(message);
        HeaderBlock.TryFindEnd(octets, complete: true, out int end);
        var order = new SealOrder(
            found.Arc, string.Join(' ', test.Text("auth-res").Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries)), found.Body!.Value,
            DkimKey.Read(document.Text("privatekey"), "the suite"), document.Text("sel"), DomainName.Parse(document.Text("domain")));
        return Encoding.Latin1.GetString(ArcSealer.Seal(order, octets.AsMemory(0, end), Instant.FromUnixMilliseconds(long.Parse(test.Text("t")) * 1000)));
    }

    private static string Value(string field) => field[(field.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>All but the signature and the list of fields.</summary>
    private static string[] Tags(string value) => [.. Parts(value).Where(part => !part.StartsWith("b=", StringComparison.Ordinal) && !part.StartsWith("h=", StringComparison.Ordinal))];

    private static string Tag(string value, string name) =>
        Parts(value).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";

    private static string[] Parts(string value) =>
        [.. string.Concat(value.Where(c => !char.IsWhiteSpace(c))).Split(';', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    /// <summary>RFC 8617 section 4.1.2: no field of ARC is signed by a message signature; an early draft had that otherwise.</summary>
    private static IEnumerable<string> Fields(string list) =>
        list.Split(':', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(field => !field.StartsWith("arc-", StringComparison.OrdinalIgnoreCase));

    private static bool Stands(string message, string field) => message.Split("\r\n\r\n")[0].Split("\r\n").Any(line => line.StartsWith(field + ":", StringComparison.OrdinalIgnoreCase));
}
