using CsCheck;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>Whatever a file holds: no exception, every problem has a place, settings exactly when there is no error.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] _corpus = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Configs"), "*.conf",
        SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    private static readonly string[] _bits =
    [
        "<", ">", "</", "\"", "\\", "#", "/", "$", "*", "[*.]", "\n", "\r", "\0", "\uFEFF", " ", "\t", ",", ";", ":", "=", "include godwit.conf\n", "<domain $", "</domain>\n", "0/0", "unlimited", "never", "\"\"",
        "é", "99999999999999999999", "-1", "domain-macro a $a\n", "<pattern-list>\n", "[10/8]", "{bounce}", "local", "\uD800", "<source *>\n", "allow-relay ", "ip ", "backoff-trigger-pattern /", "auth-password ", "=",
    ];

    [Fact]
    public void Mutated_configurations_never_throw()
    {
        Gen<(int Kind, double Where, double Length, int Bit)> edit = Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0,
            _bits.Length - 1]);
        Gen.Select(Gen.Int[0, _corpus.Length - 1], edit.Array[1, 12]).Sample(
            (index, edits) =>
            {
                string text = _corpus[index];
                foreach ((int kind, double where, double length, int bit) in edits)
                {
                    text = Edit(text, kind, where, length, _bits[bit]);
                }

                Check(ConfigFile.LoadText(text));
            },
            iter: 1_000, seed: "0000000000002");
    }

    [Fact]
    public void Every_directive_takes_every_kind_of_value_without_an_exception()
    {
        string[] values =
        [
            "", "\"", "\"\"", "a", "1", "-1", "0", "1/0", "1/h", "a b c", "a,,b", ",", ";", "10/8", "[", "[]", "[]:1", ":", "::", ":1", "a:",
            "/", "//", "/a/ b", "$", "$x", "*", "\\", "é", "lookup-mx:[", "\" \"", "99999999999999999999", "\uD800",
        ];
        foreach (BlockRule block in BlockTable.All)
        {
            var text = new System.Text.StringBuilder($"spool /x\n{(block.Parents.HasFlag(BlockKind.Global) ? "" : "<bounce-processor>\n")}<{block.Tag} x>\n");
            foreach (string name in DirectiveTable.NamesIn(block.Kind))
            {
                text.AppendJoin("", values.Select(v => $"{name} {v}\n"));
            }

            Check(ConfigFile.LoadText(text.ToString()));
        }

        foreach (string name in DirectiveTable.NamesIn(BlockKind.Global))
        {
            Check(ConfigFile.LoadText(string.Concat(values.Select(v => $"{name} {v}\n"))));
        }
    }

    private static void Check(ConfigLoad load)
    {
        Assert.Equal(load.Settings is null, load.Problems.Any(p => p.Severity == ConfigSeverity.Error));
        Assert.All(load.Problems, p =>
        {
            Assert.NotEmpty(p.File);
            Assert.NotEmpty(p.Message);
            Assert.True(p.Line == 0 == (p.Column == 0), p.ToString());
        });
        Assert.NotEmpty(ConfigReport.Lines(load));
        using var json = System.Text.Json.JsonDocument.Parse(ConfigReport.Json(load));
        Assert.Equal(load.Problems.Count, json.RootElement.GetProperty("problems").GetArrayLength());
        if (load.Settings is { } settings)
        {
            SettingsText.Print(settings.DeliveryFor(DomainName.Parse("a.b.example"), "x"));
            Assert.NotEmpty(settings.Listeners);
            Assert.NotEmpty(settings.NameServers);
            Assert.All(settings.VirtualMtas.Values, v => Assert.NotEmpty(v.SourceHosts));
        }
    }

    private static string Edit(string text, int kind, double where, double length, string bit)
    {
        int at = (int)(where * text.Length);
        int count = Math.Min(text.Length - at, (int)(length * 40));
        return kind switch
        {
            0 => text.Insert(at, bit),
            1 => text.Remove(at, count),
            2 => text.Insert(at, text.Substring(at, count)),
            _ => text.Remove(at, Math.Min(1, count)).Insert(at, bit),
        };
    }
}
