// Configurations that people could have written, damaged: the good and bad ones of Configs and the examples, each with everything it includes.

using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>A damaged tree of files in memory.</summary>
/// <param name="Path">The main file.</param>
/// <param name="Files">It, and all it may include, by path.</param>
internal sealed record MutatedConfig(string Path, IReadOnlyDictionary<string, string> Files)
{
    private const int MostEdits = 12;

    /// <summary>Copies of copies must not grow without bound.</summary>
    private const int MostLength = 64 * 1024;

    private static readonly Dictionary<string, string> _corpus = ReadCorpus();

    /// <summary>By name, so that a seed makes the same case on every machine.</summary>
    private static readonly string[] _paths = [.. _corpus.Keys.Order(StringComparer.Ordinal)];

    private static readonly string[] _mains = [.. _paths.Where(path => !path.Contains("/parts/", StringComparison.Ordinal))];

    private static readonly string[] _bits =
    [
        "<", ">", "</", "\"", "\\", "#", "/", "$", "*", "[*.]", "\n", "\r", "\0", "\uFEFF", " ", "\t", ",", ";", ":", "=", "<domain $", "</domain>\n", "0/0", "unlimited", "never", "\"\"",
        "é", "99999999999999999999", "-1", "domain-macro a $a\n", "domain-macro b $c,$c\ndomain-macro c $b,$b\n", "<pattern-list>\n", "[10/8]", "{bounce}", "local", "\uD800",
        "<source *>\n", "allow-relay ", "ip ", "backoff-trigger-pattern /", "auth-password ", "include *\n", "include parts/*.conf\n", "include *.conf\n", "/(a+)+$/", "/(?<x>\\k<x>)/",
    ];

    /// <summary>The case of a seed.</summary>
    public static MutatedConfig Make(int seed)
    {
        var random = new Random(seed);
        string main = random.GetItems(_mains, 1)[0];
        string folder = System.IO.Path.GetDirectoryName(main)!;
        var files = _corpus.Where(file => file.Key.StartsWith(folder + '/', StringComparison.Ordinal)).ToDictionary();
        string[] damaged = [main, .. random.GetItems(_paths.Where(files.ContainsKey).ToArray(), random.Next(3))];
        foreach (string path in damaged)
        {
            files[path] = Damage(files[path], random);
        }

        return new MutatedConfig(main, files);
    }

    private static string Damage(string text, Random random)
    {
        int edits = random.Next(MostEdits);
        for (int i = 0; i < edits && text.Length < MostLength; i++)
        {
            text = random.Next(3) == 0 ? EditLines(text, random) : Edit(text, random);
        }

        return text;
    }

    private static string Edit(string text, Random random)
    {
        int at = random.Next(text.Length + 1);
        int count = Math.Min(text.Length - at, random.Next(40));
        string bit = random.GetItems(_bits, 1)[0];
        return random.Next(5) switch
        {
            0 => text.Insert(at, bit),
            1 => text.Remove(at, count),
            2 => text.Insert(at, text.Substring(at, count)),
            3 => text.Insert(at, ((char)random.Next(0x300)).ToString()),
            _ => text.Remove(at, Math.Min(1, count)).Insert(at, bit),
        };
    }

    /// <summary>Lines go missing, change places, come twice or a thousand times, or come from another file.</summary>
    private static string EditLines(string text, Random random)
    {
        List<string> lines = [.. text.Split('\n')];
        int at = random.Next(lines.Count);
        string line = lines[at];
        switch (random.Next(5))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(random.Next(lines.Count), line);
                break;
            case 2:
                lines.InsertRange(at, Enumerable.Repeat(line, random.Next(8) == 0 ? 1_000 : 3));
                break;
            case 3:
                (lines[at], lines[random.Next(lines.Count)]) = (lines[random.Next(lines.Count)], line);
                break;
            default:
                string[] other = _corpus[random.GetItems(_paths, 1)[0]].Split('\n');
                lines.InsertRange(at, other.Skip(random.Next(other.Length)).Take(random.Next(10)));
                break;
        }

        return string.Join('\n', lines);
    }

    private static Dictionary<string, string> ReadCorpus()
    {
        var files = new Dictionary<string, string>();
        foreach ((string name, string folder) in ((string, string)[])
            [("configs", System.IO.Path.Combine(AppContext.BaseDirectory, "Configs")), ("examples", System.IO.Path.Combine(DirectiveReferenceTests.Root(), "examples"))])
        {
            foreach (string path in Directory.GetFiles(folder, "*.conf", SearchOption.AllDirectories))
            {
                files[$"/etc/{name}/{System.IO.Path.GetRelativePath(folder, path)}"] = File.ReadAllText(path);
            }
        }

        return files;
    }
}
