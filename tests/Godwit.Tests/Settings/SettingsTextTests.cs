using CsCheck;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class SettingsTextTests
{
    [Fact]
    public void Every_domain_directive_in_effect_is_printed_in_the_order_of_the_alphabet()
    {
        IReadOnlyList<string> lines = SettingsText.Print(new DeliverySettings());

        List<string> names = [.. lines.Select(l => l.Split(' ')[0])];

        // An old spelling has a property of its own and is not printed.
        int members = typeof(DeliverySettings).GetProperties().Count(p => p.CanWrite && p.Name != nameof(DeliverySettings.MaxSmtpOutPerSource));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(
            DirectiveTable.All.Where(d => d is { Scope: BlockKind.Domain, Status: DirectiveStatus.InEffect,
                Replacement: "" }).Select(d => d.Name).Order(StringComparer.Ordinal), names);
        int waiting = DirectiveTable.All.Count(d => d is { Scope: BlockKind.Domain, Status: DirectiveStatus.NotYet, Member.Length: > 0 });
        Assert.Equal(members - waiting, names.Count);
    }

    [Fact]
    public void What_is_printed_can_be_read_back_and_means_the_same()
    {
        Gen<string> time = Gen.OneOf(Gen.Int[0, 5_000_000].Select(s => $"{s}"), Gen.Select(Gen.Int[1, 30], Gen.Int[1, 23], (d, h) => $"{d}d{h}h"));
        Gen<string> rate = Gen.OneOf(Gen.Const("unlimited"), Gen.Select(Gen.Int[1, 100000], Gen.Int[1, 100], OneOf("s", "m", "h", "d"), (n, p, u) => $"{n}/{p}{u}"));
        Gen<string> host = OneOf("mx.example", "[10.0.0.1]:26", "[IPv6:2001:db8::1]", "lookup-mx:b.example", "other.example:587");
        Gen<string> line = Gen.OneOf(
            Gen.Int[1, 1000].Select(n => $"max-smtp-out {n}"),
            rate.Select(r => $"max-msg-rate {r}"),
            rate.Select(r => $"max-connect-rate {r}"),
            time.Select(t => $"bounce-after {t}"),
            time.Select(t => $"bounce-upon-no-mx {t}"),
            time.Array[1, 5].Select(t => $"retry-after {string.Join(", ", t)}"),
            host.Array[1, 4].Select(h => $"smtp-hosts {string.Join("; ", h)}"),
            OneOf("type discard", "queue-to x.example", "dsn-format plain-text", "notify-of-delay-every never", "ignore-chunking yes",
                "bounce-upon-5xx-greeting no"));
        line.Array[1, 12].Sample(
            lines =>
            {
                IReadOnlyList<string> once = SettingsText.Print(Effective(lines));
                Assert.Equal(once, SettingsText.Print(Effective(once)));
            },
            iter: 300, seed: "0000000000001");
    }

    [Fact]
    public void A_source_is_printed_in_a_form_that_can_be_read_back()
    {
        const string Text = "remove-header X-A, X-B\nmax-message-size 10M\ndefault-virtual-mta {default}\nadd-date-header yes\n";
        IReadOnlyList<string> once = SettingsText.Print(Source(Text));

        Assert.Contains("remove-header X-A,X-B", once);
        Assert.Equal(once, SettingsText.Print(Source(string.Join('\n', once))));
    }

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static SourceSettings Source(string lines) =>
        ConfigFile.LoadText($"spool /x\n<source 0/0>\n{lines}\n</source>").Settings!.SourceFor(System.Net.IPAddress.Loopback, "");

    private static DeliverySettings Effective(IEnumerable<string> lines)
    {
        ConfigLoad load = ConfigFile.LoadText($"spool /x\n<domain *>\n{string.Join('\n', lines)}\n</domain>");
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        return load.Settings.DeliveryFor(DomainName.Parse("a.example"), "v");
    }
}
