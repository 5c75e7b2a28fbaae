// A list of domains with their numbers of recipients: two columns in either order, comma, semicolon or tab between them, a header allowed.

using System.Globalization;
using Godwit.Mail;

namespace Godwit.Rehearsal;

/// <summary>Reads the file of <c>--campaign</c>.</summary>
internal static class CampaignFile
{
    /// <summary>What a line with values has and a header has not.</summary>
    private static readonly System.Buffers.SearchValues<char> _ofValues = System.Buffers.SearchValues.Create(".0123456789");

    /// <summary>Problems that are told one by one; more in one file are one mistake.</summary>
    private const int MaxProblems = 20;

    /// <summary>What a rehearsal can carry in a reasonable time.</summary>
    public const int MaxRecipients = 1_000_000_000;

    /// <summary>Reads lines; every problem is a sentence with file and line. A domain that stands twice has the sum.</summary>
    public static List<(DomainName Domain, int Recipients)> Read(string file, IEnumerable<string> lines, List<string> problems)
    {
        var places = new Dictionary<DomainName, int>();
        var list = new List<(DomainName Domain, int Recipients)>();
        long sum = 0;
        int number = 0;
        bool isFirst = true;
        int before = problems.Count;
        foreach (string line in lines)
        {
            number++;
            string text = line.Trim().TrimStart('\uFEFF');
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            string problem = TryRead(text, out DomainName domain, out int count);
            bool isHeader = isFirst && problem.Length > 0 && text.AsSpan().ContainsAny(",;\t") && !text.AsSpan().ContainsAny(_ofValues);
            isFirst = false;
            if (problem.Length == 0 && (sum += count) > MaxRecipients)
            {
                problem = $"with this line there are more than {MaxRecipients:N0} recipients; a rehearsal takes no more";
                problems.Add($"{file}:{number}: {problem}");
                break;
            }

            if (problem.Length > 0 && !isHeader)
            {
                problems.Add($"{file}:{number}: {problem}");
                if (problems.Count - before == MaxProblems)
                {
                    problems.Add($"{file}: there may be more problems; these were the first {MaxProblems}");
                    break;
                }
            }
            else if (!isHeader && count > 0)
            {
                Add(places, list, domain, count);
            }
        }

        if (list.Count == 0 && problems.Count == before)
        {
            problems.Add($"{file}: there is no recipient in it; write lines such as gmail.com,120000");
        }

        return list;
    }

    private static void Add(Dictionary<DomainName, int> places, List<(DomainName Domain, int Recipients)> list, DomainName domain, int count)
    {
        if (places.TryGetValue(domain, out int place))
        {
            list[place] = (domain, list[place].Recipients + count);
            return;
        }

        places.Add(domain, list.Count);
        list.Add((domain, count));
    }

    /// <summary>What is wrong with a line; empty when nothing is.</summary>
    private static string TryRead(string text, out DomainName domain, out int count)
    {
        (domain, count) = (default, 0);
        string[] cells = [.. text.Split(',', ';', '\t').Select(cell => cell.Trim().Trim('"'))];
        if (cells.Length != 2)
        {
            return $"{cells.Length} column{(cells.Length == 1 ? "" : "s")} instead of two; write a domain and a number of recipients, such as gmail.com,120000";
        }

        int at = IsNumber(cells[0]) ? 0 : 1;
        (string number, string name) = (cells[at], cells[1 - at]);
        if (!IsNumber(number))
        {
            return $"neither \"{cells[0]}\" nor \"{cells[1]}\" is a whole number of recipients";
        }

        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count > MaxRecipients)
        {
            return $"{number} recipients are too many; a rehearsal takes at most {MaxRecipients:N0}";
        }

        string bare = name[(name.LastIndexOf('@') + 1)..];
        return DomainName.TryParse(bare, out domain) && bare.Contains('.', StringComparison.Ordinal) ? "" : $"\"{name}\" is not a domain";
    }

    private static bool IsNumber(string cell) => cell.Length > 0 && !cell.AsSpan().ContainsAnyExceptInRange('0', '9');
}
