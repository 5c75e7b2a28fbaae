// Configurations made up from the tables: every directive in every block it may stand in, with values it takes and with values it does not,
// in every spelling the grammar allows. What the table learns, these configurations use by themselves.

using System.Text;
using CsCheck;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>Generates configuration texts.</summary>
internal static class GeneratedConfig
{
    /// <summary>Something for every form of value there is; which directive takes which is found out by asking its form.</summary>
    private static readonly string[] _values =
    [
        "yes", "no", "true", "FALSE", "0", "1", "2", "25", "1000", "2048", "65535", "10m", "4d12h", "1W2D", "300s", "600", "never", "unlimited", "100/h", "83/5s", "1/20min", "0/d",
        "50M/h", "1024k/10m", "250M", "2G", "10k", "10m, 20m,1h", "\"1h, 2h\"", "a.example", "Beispiel.EXAMPLE", "b\u00fccher.example", "a@b.example", "a@b.example, c@d.example",
        "192.0.2.1", "2001:db8::1", "10/8", "173.194/16", "127.0.0.1:2525", "0/0:2526", "[::1]:2527 source=inner", "192.0.2.1:5353", "192.0.2.0/30 mx.example.com",
        "192.0.2.9, mx.example.com", "mx.example, [10.0.0.1]:26; lookup-mx:b.example", "[IPv6:2001:db8::1]:587", "v1", "p1", "{default}", "v1,v2", "d,b", "delivery, bounce, tq",
        "d timeLogged,rcpt,*", "X-A, X-B", "Received", "big a.example, b.example", "/no such user/i", "/^550 \\d+ [a-z]/ mode=backoff", "/a\\/b/ bad-mailbox", "/etc/godwit/x.pem secret", "xoauth2",
        "relative/path", "\"quoted \\\"text\\\" with \\\\ in it\"", "two words", "a=b,c=d", "smtp", "discard", "standard", "plain-text", "gradual", "override", "by-smtp-source-ip", "rcpt", "reception",
        "headers", "password", "retain", "gzip", "relaxed", "rsa-sha256", "newfile-plain", "10/8 100/h", "10.1/16 5", "10/8 1M/h", "*.mx.example 5", "sel, a.example, /etc/key",
        "sel,*,/etc/key", "Subject /spring/ virtual-mta=v1", "/@big/ virtual-mta=v1, recipient-priority=70", "virtual-mta=v1", "/x/ call-to:other", "*@a.example b@c.example",
        "https://collector.example/hook", "d header_X-Campaign campaign",
        "a@b.example c@d.example", "*.a.example b.example", "mx.example b.rollup", "proxy.example:8080", "10.0.0.1 proxy.example", "*.example enable-signals", "10.0.0.1 none", "0/0 monitor",
        "none", "sender-or-from", "a.example/v1", "127.0.0.1 10.0.0.1:8000 192.0.2.1 mx.example.com", "x-header field", "01234567890123456789012345678901", "/in /bad", "\"\"",
        "quota rate source-ip /^421/ suspend=10m,recover=gradual", "busy busy host /x/ next-host", "2026-03 421 slow down", "/x/ suspend=1h,scope=source-ip,threshold=3/10m",
        "12.5%", "a.example 10%", "0.3% no-such-user", "json", "{pbkdf2}100000$xR+hiOeiradoXAns6YDUZQ==$zEhJn8fH5MTB9xEoU0IX7g+MDh9t3ify8OVBYaHfai0=",
    ];

    private static readonly string[] _odd = ["", "\"", "\"open", "\"a\" b", "$big", "$nothing", "<x>", "a > b", "\uFEFF", "\u00A0", "\t\ttabs\there", "\uD800", "\\", "=", ",", ";", "/open", "<pattern-list>"];

    private const string Needed = """
        spool /var/spool/godwit
        domain-macro big a.example, b.example
        <virtual-mta v1>
        </virtual-mta>
        <virtual-mta v2>
        </virtual-mta>
        <source inner>
        </source>
        <virtual-mta-pool pool>
          virtual-mta v1
        </virtual-mta-pool>
        <proxy way>
          server 192.0.2.3:8080
          client 192.0.2.4 proxy.example
        </proxy>
        <pattern-list other>
        </pattern-list>
        <smtp-pattern-list replies>
        </smtp-pattern-list>
        <rewrite-list rewritten>
        </rewrite-list>
        <address-list never>
        </address-list>
        <source-group sources>
        </source-group>

        """;

    /// <summary>What a directive that names a block writes, mostly: the blocks above.</summary>
    private static readonly (BlockKind Kind, string[] Names)[] _named =
    [
        (BlockKind.VirtualMta, ["v1", "v2", "{default}"]), (BlockKind.Pool, ["pool"]), (BlockKind.Source, ["inner", "{auth}"]), (BlockKind.Proxy, ["way"]),
        (BlockKind.PatternList, ["other"]), (BlockKind.SmtpPatternList, ["replies"]), (BlockKind.RewriteList, ["rewritten"]), (BlockKind.AddressList, ["never"]),
        (BlockKind.SourceGroup, ["sources"]),
    ];

    /// <summary>Lines without which a block is refused whatever else stands in it.</summary>
    private static readonly Dictionary<BlockKind, string> _musts = new()
    {
        [BlockKind.Pool] = "virtual-mta v1\n",
        [BlockKind.Proxy] = "server 192.0.2.5:8080\nclient 192.0.2.6 proxy.example\n",
        [BlockKind.Statistics] = "host graphite.example\nendpoint http://collector.example:4318\n",
    };

    private static readonly string[] _strays = ["# comment", "", "   ", "unknown-directive 1", "\tinclude nothing-*.conf", "# </domain>", "max-smtp-outt 5", "< /odd>\n<//odd>", "</domain>", "\u00A0"];

    private static readonly string[] _domains = ["*", "a.example", "*.a.example", "[*.]a.example", "$big", "x.$big", "local", "{bounce}", "[10/8]", "\"b.example\"", "A.Example."];

    private static readonly string[] _sources = ["0/0", "10/8", "192.0.2.1", "inner", "{auth}", "::1"];

    private static readonly string[] _anything = ["v1", "v2", "p1", "list", "", "a b", "127.0.0.1:2599", "|/bin/cat \"a > b\"", "\"quoted\"", "/"];

    private static readonly Dictionary<Directive, string[]> _taken = DirectiveTable.All.ToDictionary(d => d, Taken);

    private static readonly Dictionary<Directive, string[]> _sensible = DirectiveTable.All.ToDictionary(d => d, Sensible);

    private static readonly BlockRule[] _blocks = [.. BlockTable.All];

    /// <summary>The values of the pool that a directive takes.</summary>
    public static IReadOnlyList<string> ValuesOf(Directive directive) => _taken[directive];

    /// <summary>Whole configurations: messy, often wrong, never beyond a few dozen lines.</summary>
    public static Gen<string> Text { get; } =
        from lines in Gen.Int[1, 14]
        from seed in Gen.ULong
        select Write(new Random((int)(seed & int.MaxValue)), lines);

    /// <summary>One configuration that has every directive in every block it may stand in, with a value it takes.</summary>
    public static string Everything()
    {
        var text = new StringBuilder();
        var random = new Random(1);
        foreach (string name in DirectiveTable.NamesIn(BlockKind.Global).Order(StringComparer.Ordinal))
        {
            AppendLine(text, "", random, BlockKind.Global, name);
        }

        foreach (BlockRule block in _blocks)
        {
            foreach (BlockRule? parent in Parents(block))
            {
                text.Append(parent is null ? "" : $"<{parent.Tag} v1>\n").Append($"<{block.Tag} v1>\n");
                foreach (string name in DirectiveTable.NamesIn(block.Kind).Order(StringComparer.Ordinal))
                {
                    AppendLine(text, "  ", random, block.Kind, name);
                }

                text.Append($"</{block.Tag}>\n").Append(parent is null ? "" : $"</{parent.Tag}>\n");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<BlockRule?> Parents(BlockRule block) =>
        _blocks.Where(b => block.Parents.HasFlag(b.Kind)).Select(BlockRule? (b) => b).Concat(block.Parents.HasFlag(BlockKind.Global) ? [null] : []);

    private static string[] Taken(Directive directive)
    {
        var reading = new ValueReading("/etc/godwit");
        return [.. _values.Where(value => directive.Form.TryRead(value, reading, out object? read) && (read is not null || value == "\"\""))];
    }

    /// <summary>Those of them that name something there is: any word would do for a name, and nearly every configuration would be refused for one.</summary>
    private static string[] Sensible(Directive directive)
    {
        BlockKind named = directive.Name switch
        {
            "virtual-mta" => BlockKind.VirtualMta,
            "default-virtual-mta" or "invalid-virtual-mta-fallback" => BlockKind.VirtualMta | BlockKind.Pool,
            "source" => BlockKind.Source,
            _ => directive.Refers,
        };
        string[] names = [.. _named.Where(kind => named.HasFlag(kind.Kind)).SelectMany(kind => kind.Names)];
        return directive.Name == "include" ? ["nothing-*.conf"] : names.Length > 0 ? names : _taken[directive];
    }

    private static string Write(Random random, int lines)
    {
        // Most have what a server needs, so that most load and their settings can be compared.
        var text = new StringBuilder(random.Next(30) == 0 ? "" : Needed);
        WriteBlock(text, random, BlockKind.Global, lines, 0);
        return random.Next(8) == 0 ? text.Replace("\n", "\r\n").Insert(0, '\uFEFF').ToString() : text.ToString();
    }

    private static void WriteBlock(StringBuilder text, Random random, BlockKind kind, int lines, int depth)
    {
        string indent = random.Next(2) == 0 ? "" : new string(random.Next(2) == 0 ? ' ' : '\t', depth + 1);
        string[] names = [.. DirectiveTable.NamesIn(kind)];
        text.Append(random.Next(20) > 0 ? _musts.GetValueOrDefault(kind, "") : "");
        for (int i = 0; i < lines; i++)
        {
            int what = random.Next(depth < 3 ? 14 : 9);
            if (what == 0)
            {
                text.Append(indent).Append(Pick(random, _strays)).Append('\n');
            }
            else if (what < 10 && names.Length > 0)
            {
                AppendLine(text, indent, random, kind, Pick(random, names));
            }
            else
            {
                // A list in a list belongs behind an entry: those are written with it.
                BlockRule[] fitting = [.. _blocks.Where(b => b.Parents.HasFlag(kind) && b.Kind != kind)];
                if (fitting.Length == 0 && random.Next(30) > 0)
                {
                    continue;
                }

                BlockRule block = fitting.Length > 0 && random.Next(30) > 0 ? Pick(random, fitting) : Pick(random, _blocks);
                string argument = Argument(random, block);
                text.Append($"{indent}{Pick(random, ["<", "< ", "<"])}{Case(random, block.Tag)} {argument}{Pick(random, [">", " >", ">   # c", ">"])}\n");
                WriteBlock(text, random, block.Kind, random.Next(5), depth + 1);
                text.Append(random.Next(100) == 0 ? "" : $"{indent}</{Case(random, block.Tag)}{Pick(random, ["", " name", ""])}>\n");
            }
        }
    }

    private static string Argument(Random random, BlockRule block) => random.Next(20) == 0 ? Pick(random, _anything) : block.Kind switch
    {
        BlockKind.Domain => Pick(random, _domains),
        BlockKind.Source => Pick(random, _sources),
        BlockKind.VirtualMta => Pick(random, ["v1", "v2", "V1"]),
        BlockKind.Listener or BlockKind.TransmissionsListener => $"127.0.0.{random.Next(1, 250)}:{random.Next(1, 60_000)}",
        BlockKind.AccountingFile => $"/var/log/acct{random.Next(100)}.csv",
        BlockKind.Spool => "/var/spool/godwit",
        BlockKind.Pool => $"p{random.Next(100)}",
        _ when block.Choices.Count > 0 => Pick(random, block.Choices),
        _ => block.Argument == ArgumentUse.None ? "" : Pick(random, ["list", "big", "p1"]),
    };

    private static void AppendLine(StringBuilder text, string indent, Random random, BlockKind kind, string name)
    {
        Directive directive = DirectiveTable.Find(kind, name)!;
        string[] taken = random.Next(20) == 0 ? _taken[directive] : _sensible[directive];
        string value = random.Next(60) == 0 || taken.Length == 0 ? Pick(random, _odd) : Pick(random, taken);
        if (directive.Form.Quotes == QuoteUse.Whole && value is not ['"', ..] && random.Next(6) == 0)
        {
            value = Quoting.Quote(value);
        }

        // The line of a regular expression has no name; one that opens a list of its own ends in its tag.
        string line = name == "/" ? value : $"{Case(random, name)}{Pick(random, [" ", "\t", "  "])}{value}";
        text.Append(indent).Append(line).Append(Pick(random, ["", "", " ", "   # why"])).Append('\n');
        if (kind == BlockKind.PatternList && random.Next(6) == 0)
        {
            text.Append(indent).Append("rcpt-to /x/ <pattern-list>\n").Append(indent).Append("  rcpt-to /y/ virtual-mta=v1\n").Append(indent).Append("</pattern-list>\n");
        }
    }

    private static string Case(Random random, string word) => random.Next(6) switch
    {
        0 => word.ToUpperInvariant(),
        1 => string.Concat(word.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : c)),
        _ => word,
    };

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
