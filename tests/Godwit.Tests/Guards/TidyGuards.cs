// Style is a test, not a wish: size, banned words, one line width. What sticks out is asked about here.

using System.Text.RegularExpressions;
using Godwit.Tests.Support;

namespace Godwit.Tests.Guards;

public sealed partial class TidyGuards
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 70;
    private const int MaxColumns = 160;

    /// <summary>A test's line may hold a whole dialog or record: wider, but still on a screen.</summary>
    private const int MaxTestColumns = 220;

    /// <summary>Tables of data: their length is their content's.</summary>
    private static readonly string[] _tables = ["DirectiveTable", "AccountingColumns", "LogMessages", "BounceCategories", "StatusWords"];

    [Fact]
    public void No_source_file_outgrows_one_job()
    {
        string[] outgrown =
        [
            .. Checkout.Sources("src").Where(file => !IsTable(file))
                .Select(file => (file, lines: File.ReadLines(file).Count()))
                .Where(entry => entry.lines > MaxFileLines)
                .Select(entry => $"{entry.file}: {entry.lines} lines"),
        ];

        Findings.AssertNone(outgrown);
    }

    [Fact]
    public void No_method_outgrows_a_page()
    {
        Findings.AssertNone(Checkout.Sources("src").Where(file => !IsTable(file)).SelectMany(LongMethods));
    }

    [Fact]
    public void No_line_is_wider_than_the_page()
    {
        Findings.AssertNone(Wide("src", MaxColumns).Concat(Wide("tests", MaxTestColumns)));
    }

    [Fact]
    public void No_source_file_holds_an_unfinished_mark()
    {
        string[] marks =
        [
            .. Checkout.Sources("src").SelectMany(file => Unfinished().Matches(File.ReadAllText(file)).Select(match => $"{file}: {match.Value.Trim()}")),
        ];

        Findings.AssertNone(marks);
    }

    [Fact]
    public void No_error_is_swallowed()
    {
        Findings.AssertNone(Checkout.Sources("src").SelectMany(file => EmptyCatches(File.ReadAllText(file)).Select(found => $"{file}: {found}")));
    }

    [Theory]
    [InlineData("catch { }", true)]
    [InlineData("catch\n{\n}", true)]
    [InlineData("catch (IOException) { }", true)]
    [InlineData("catch (IOException error)\n{\n}", true)]
    [InlineData("catch (System.IO.IOException error) when (error.HResult == 28)\n{\n}", true)]
    [InlineData("catch (Exception e) when (e is IOException { HResult: 28 } or TimeoutException) { }", true)]
    [InlineData("catch (IOException e) when (Known(e) is { } known)\n{\n}", true)]
    [InlineData("catch (IOException e) when (Known(e) is { } known)\n{\n    _log.Failed(known);\n}", false)]
    [InlineData("catch (IOException e) when (e is { InnerException: { } or null, Data: not { } })\n{\n    _log.Failed(e);\n}", false)]
    [InlineData("catch (IOException)\n{\n    // It does not matter.\n}", true)]
    [InlineData("catch (IOException)\n{\n    return; // The caller asks again.\n}\n\nvoid Next()\n{\n}", false)]
    [InlineData("catch (IOException error) when (Note(error))\n{\n    _log.Failed(error);\n}\nfinally { }", false)]
    [InlineData("catch (IOException)\n{\n    if (late) { throw; }\n}\nvoid Next() { }", false)]
    public void An_empty_catch_is_seen_in_every_form(string code, bool isEmpty)
    {
        Assert.Equal(isEmpty, EmptyCatches(code).Any());
    }

    private static IEnumerable<string> Wide(string folder, int most) =>
        from file in Checkout.Sources(folder)
        where !IsTable(file)
        from line in File.ReadLines(file).Index()
        where line.Item.Length > most
        select $"{file}:{line.Index + 1}: {line.Item.Length} columns";

    /// <summary>A reason in a comment is not enough: somebody must act, or at least leave with "return".</summary>
    private static IEnumerable<string> EmptyCatches(string code) => EmptyCatch().Matches(Comment().Replace(code, "")).Select(match => match.Value);

    private static bool IsTable(string file) => _tables.Any(table => Path.GetFileName(file).StartsWith(table, StringComparison.Ordinal));

    /// <summary>Members whose braces stand at the indentation of a type's member, nested types included.</summary>
    private static IEnumerable<string> LongMethods(string file)
    {
        string[] lines = File.ReadAllLines(file);
        var open = new Stack<(int Line, bool Member)>();
        for (int i = 0; i < lines.Length; i++)
        {
            string trimmed = lines[i].Trim();
            if (trimmed.EndsWith('{') && trimmed.Length > 1)
            {
                open.Push((i, false)); // A line of a style sheet or a pattern: it closes like a block.
            }
            else if (trimmed == "{")
            {
                // A declaration over several lines begins at the last line above with the brace's own indentation.
                int head = i - 1;
                while (head > 0 && Indentation(lines[head]) > Indentation(lines[i]))
                {
                    head--;
                }

                open.Push((i, MemberHead().IsMatch(lines[i - 1]) && !TypeHead().IsMatch(lines[head])));
            }
            else if (trimmed.StartsWith('}') && open.TryPop(out (int Line, bool Member) start) && start.Member && i - start.Line - 1 > MaxMethodLines)
            {
                yield return $"{file}:{start.Line}: {i - start.Line - 1} lines";
            }
        }
    }

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex(
        @"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Unfinished();

    /// <summary>Between the word and its block stand a type and a condition, which may hold a pattern in braces but no statement.</summary>
    [GeneratedRegex(@"\bcatch\b([^{};]|\{[^{};]+\})*?(?<!\b(is|not|and|or)\s*|[:,(]\s*)\{\s*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\)\s*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex MemberHead();

    [GeneratedRegex(
        @"\b(class|struct|record|interface|enum|namespace|if|for|foreach|while|switch|using|lock|catch|fixed)\b",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex TypeHead();
}
