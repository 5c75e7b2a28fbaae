using System.Net;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class DirectiveTableTests
{
    /// <summary>Members that the builder itself knows, without a directive.</summary>
    private static readonly string[] _withoutDirective =
    [
        "SourceSettings.Name", "AccountingFileSettings.Path", "VirtualMtaSettings.Name", "PoolSettings.Name", "SpoolSettings.Directory",
            "AccountingFileSettings.Command", "AccountingFileSettings.IsExported", "AccountingFileSettings.IsJson", "AccountingFileSettings.FilePath",
            "AccountingFileSettings.FileSize", "ListenerSettings.EndPoint", "DeliverySettings.LimitsSources", "DeliverySettings.Tls",
    ];

    [Fact]
    public void Every_directive_in_effect_ends_in_a_member_of_the_settings()
    {
        foreach (Directive directive in DirectiveTable.All.Where(d => d.Status == DirectiveStatus.InEffect && d.Name != "include"))
        {
            bool exists = Scopes(directive).Select(Directive.TargetOf).Any(t => t?.GetProperty(directive.Member) is not null);
            Assert.True(exists, $"{directive.Name}: no settings have a member \"{directive.Member}\"");
        }
    }

    [Theory]
    [InlineData(typeof(DeliverySettings))]
    [InlineData(typeof(SourceSettings))]
    [InlineData(typeof(AccountingFileSettings))]
    [InlineData(typeof(VirtualMtaSettings))]
    [InlineData(typeof(PoolSettings))]
    [InlineData(typeof(SpoolSettings))]
    [InlineData(typeof(ListenerSettings))]
    public void Every_member_of_the_settings_can_be_reached_by_a_directive(Type settings)
    {
        HashSet<string> reached = [.. DirectiveTable.All.Where(d => Scopes(d).Any(s => Directive.TargetOf(s) == settings)).Select(d => d.Member)];
        foreach (string member in settings.GetProperties().Select(p => p.Name).Where(n => !_withoutDirective.Contains($"{settings.Name}.{n}")))
        {
            Assert.True(reached.Contains(member), $"no directive sets {settings.Name}.{member}");
        }
    }

    [Fact]
    public void The_default_in_the_table_is_the_default_of_the_settings()
    {
        object[] defaults =
        [
            new DeliverySettings(), new SourceSettings(), new AccountingFileSettings { Path = "" }, new VirtualMtaSettings { Name = "", SourceHosts = [] },
            new PoolSettings("", []), new ReceiverSettings(""), new SmtpUserSettings(), new HttpUserSettings(), new ListenerSettings(new IPEndPoint(IPAddress.Any, 0), ""),
        ];
        var reading = new ValueReading("/");
        foreach (Directive directive in DirectiveTable.All.Where(d => d.Bound is not null && d.Scope != BlockKind.Global))
        {
            object? unset = directive.Bound!.GetValue(defaults.Single(d => d.GetType() == directive.Bound!.DeclaringType));
            if (unset is SecretValue secret)
            {
                Assert.True(secret.IsEmpty);
                continue;
            }

            if (directive.Append is not null || unset is null || directive.Default == "-")
            {
                // A list begins empty, and so does what the table calls none; what follows another directive begins as nothing.
                Assert.Empty((System.Collections.IEnumerable?)unset ?? Array.Empty<object>());
                continue;
            }

            object target = defaults.Single(d => d.GetType() == directive.Bound!.DeclaringType);
            Assert.True(directive.Form.TryRead(directive.Default, reading, out object? value), $"{directive.Name}: {reading.Fault}");
            if (value is not null)
            {
                Assert.Equal(directive.Form.Print(value), directive.Form.Print(directive.Bound!.GetValue(target)!));
            }
        }
    }

    [Fact]
    public void Every_row_says_what_it_does_in_one_line()
    {
        foreach (Directive directive in DirectiveTable.All)
        {
            Assert.Matches(@"^[^\n]{4,160}\.$", directive.Meaning);
            Assert.NotEmpty(directive.Default);
            Assert.NotEmpty(directive.Form.Shape);
        }
    }

    [Fact]
    public void A_name_is_found_ignoring_case_and_by_its_alias()
    {
        Directive? found = DirectiveTable.Find(BlockKind.Domain, "MAX-Rcpt-Per-Transaction");

        Assert.Equal("max-rcpt-per-message", found?.Name);
        Assert.Null(DirectiveTable.Find(BlockKind.Spool, "max-rcpt-per-message"));
    }

    [Fact]
    public void Every_block_of_the_reference_has_a_rule()
    {
        string[] tags =
        [
            "domain", "source", "smtp-user", "source-group", "virtual-mta", "virtual-mta-pool", "pattern-list", "smtp-pattern-list",
                "bounce-category-patterns", "bounce-processor",
            "feedback-loop-processor", "address-list", "aliases", "acct-file", "spool", "dns", "smtp-listener", "rewrite-list", "domain-key-list",
                "mx-rollup-list", "transmissions-api",
            "transmissions-api-listener", "proxy", "signals", "sparkpost-analytics", "signals-filter", "vault", "gm-imprinter", "email-patterns",
        ];
        Assert.All(tags, tag => Assert.NotNull(BlockTable.Find(tag)));
    }

    private static IEnumerable<BlockKind> Scopes(Directive directive) => Enum.GetValues<BlockKind>().Where(k => k != BlockKind.None && directive.Scope.HasFlag(k));
}
