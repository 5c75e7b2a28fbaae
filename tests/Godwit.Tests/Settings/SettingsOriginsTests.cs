using System.Net;
using CsCheck;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class SettingsOriginsTests
{
    private const string Example = """
        spool /x
        log-file /y
        domain-macro big gmail.com, googlemail.com
        smtp-source-host 192.0.2.1 one.example.com
        <domain *>
          max-smtp-out 30
          auth-password hunter2
          smtp-client-certificate /etc/godwit/client.pem hunter2
          source-ip-max-msg-rate 10/8 100/h
        </domain>
        <domain $big>
          max-smtp-out 5
          max-msg-per-hour 1000
          bounce-after 5d
        </domain>
        <virtual-mta v1>
          smtp-source-ip 10.1.1.1
          host-name v1.example.com
          <domain gmail.com>
            max-smtp-out ""
            bounce-after 2d
            max-msg-rate 1/s
            source-ip-max-msg-rate 10.1/16 50/h
          </domain>
        </virtual-mta>
        <virtual-mta-pool p1>
          virtual-mta v1
          domain-key s1, a.example, /key
          <domain [*.]com>
            bounce-after 1d
          </domain>
        </virtual-mta-pool>
        <source 10/8>
          max-message-size 10M
        </source>
        <source {auth}>
          max-message-size 20M
        </source>
        """;

    [Fact]
    public void A_value_comes_with_its_line_and_block_and_with_what_it_beat()
    {
        ExplainedSetting bounce = Queue("gmail.com", "v1", "bounce-after");

        Assert.Equal("2d godwit.conf:21 <domain gmail.com> in <virtual-mta v1>", Show(Assert.Single(bounce.Lines)));
        Assert.Equal(
            ["1d godwit.conf:30 <domain [*.]com> in <virtual-mta-pool p1>", "5d godwit.conf:14 <domain $big>"], bounce.Beaten.Select(Show));
        Assert.Equal("in effect", bounce.Status);
    }

    [Fact]
    public void Two_quotes_bring_the_default_back_and_are_named_for_it()
    {
        ExplainedSetting connections = Queue("gmail.com", "v1", "max-smtp-out");

        Assert.Equal("20 godwit.conf:20 <domain gmail.com> in <virtual-mta v1>", Show(Assert.Single(connections.Lines)));
        Assert.True(connections.Lines[0].Origin.IsReset);
        Assert.Equal(["5 godwit.conf:12 <domain $big>", "30 godwit.conf:6 <domain *>"], connections.Beaten.Select(Show));
    }

    [Fact]
    public void An_old_spelling_stands_for_the_directive_whose_place_it_fills()
    {
        Assert.Equal("1000/h godwit.conf:13 <domain $big>", Show(Assert.Single(Queue("googlemail.com", "v1", "max-msg-rate").Lines)));
        ExplainedLine beaten = Assert.Single(Queue("gmail.com", "v1", "max-msg-rate").Beaten);
        Assert.Equal(("max-msg-per-hour", "1000"), (beaten.Name, beaten.Text));
    }

    [Fact]
    public void What_nobody_said_is_the_default()
    {
        ExplainedSetting retry = Queue("a.example", "v1", "retry-recipients-after");

        Assert.Equal(("10m", SettingOrigin.Default), (retry.Lines[0].Text, retry.Lines[0].Origin));
        Assert.Empty(retry.Beaten);
        Assert.Equal(("1/s", "as max-msg-rate"), (Queue("gmail.com", "v1", "backoff-max-msg-rate").Lines[0].Text, Queue("gmail.com", "v1", "backoff-max-msg-rate").Lines[0].Origin.Block));
    }

    [Fact]
    public void Every_line_of_a_repeatable_directive_counts()
    {
        ExplainedSetting rates = Queue("gmail.com", "v1", "source-ip-max-msg-rate");

        Assert.Equal(
            ["<domain *>", "<domain gmail.com> in <virtual-mta v1>"], rates.Lines.Select(line => line.Origin.Block));
        Assert.Equal("in effect", rates.Status);
    }

    [Fact]
    public void A_secret_is_never_shown()
    {
        Assert.Equal("\"******\"", Queue("a.example", "v1", "auth-password").Lines[0].Text);
        Assert.Equal("\"/etc/godwit/client.pem\" \"******\"", Queue("a.example", "v1", "smtp-client-certificate").Lines[0].Text);
        Assert.DoesNotContain("hunter2", string.Join('\n', Load(Example).Origins.Queue(DomainName.Parse("a.example"), "v1").Settings.SelectMany(s => s.Lines).Select(Show)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_mta_without_addresses_has_the_servers_and_one_with_addresses_beats_them()
    {
        SettingsOrigins origins = Load(Example).Origins;

        ExplainedSetting own = One(origins.VirtualMta("V1"), "smtp-source-host");
        Assert.Equal("10.1.1.1 v1.example.com godwit.conf:17 <virtual-mta v1>", Show(Assert.Single(own.Lines)));
        Assert.Equal("192.0.2.1 one.example.com godwit.conf:4 global level", Show(Assert.Single(own.Beaten)));
        ExplainedSetting server = One(origins.VirtualMta("{default}"), "smtp-source-host");
        Assert.Equal("192.0.2.1 one.example.com godwit.conf:4 global level", Show(Assert.Single(server.Lines)));
        Assert.Equal(["v1"], One(origins.Pool("p1"), "virtual-mta").Lines.Select(line => line.Text));
    }

    [Fact]
    public void Keys_and_header_fields_of_a_virtual_mta_stand_before_the_servers_and_two_quotes_drop_those()
    {
        SettingsOrigins origins = Load(
            """
            spool /x
            domain-key s1, *, /server
            include-headers-from /server
            <virtual-mta joins>
              domain-key s2, a.example, /own
              include-headers-from /first
              include-headers-from /own
            </virtual-mta>
            <virtual-mta drops>
              domain-key ""
              domain-key s3, a.example, /own
            </virtual-mta>
            """).Origins;

        Assert.Equal(["s2,a.example,\"/own\"", "s1,*,\"/server\""], One(origins.VirtualMta("joins"), "domain-key").Lines.Select(line => line.Text));
        Assert.Empty(One(origins.VirtualMta("joins"), "domain-key").Beaten);
        ExplainedSetting fields = One(origins.VirtualMta("joins"), "include-headers-from");
        Assert.Equal(["\"/own\"", "\"/server\""], fields.Lines.Select(line => line.Text));
        Assert.Equal(["\"/first\""], fields.Beaten.Select(line => line.Text));
        Assert.Equal(["s3,a.example,\"/own\""], One(origins.VirtualMta("drops"), "domain-key").Lines.Select(line => line.Text));
    }

    [Fact]
    public void A_source_is_explained_by_address_and_by_name()
    {
        SettingsOrigins origins = Load(Example).Origins;

        Assert.Equal("10M godwit.conf:34 <source 10/8>", Show(One(origins.Source(IPAddress.Parse("10.1.1.1"), ""), "max-message-size").Lines[0]));
        ExplainedSetting named = One(origins.Source(IPAddress.Parse("10.1.1.1"), "{auth}"), "max-message-size");
        Assert.Equal("20M godwit.conf:37 <source {auth}>", Show(named.Lines[0]));
        Assert.Single(named.Beaten);
        Assert.True(One(origins.Source(IPAddress.Parse("192.0.2.1"), ""), "max-message-size").Lines[0].Origin.IsDefault);
    }

    [Theory]
    [InlineData(BlockKind.Domain)]
    [InlineData(BlockKind.VirtualMta)]
    [InlineData(BlockKind.Pool)]
    [InlineData(BlockKind.Source)]
    internal void Every_directive_of_the_block_is_there_once_and_in_the_order_of_the_alphabet(BlockKind scope)
    {
        List<string> names = [.. new Explanation(scope, []).Settings().Select(s => s.Name)];

        Assert.Equal(
            DirectiveTable.All.Where(d => d.Scope.HasFlag(scope) && d.Replacement.Length == 0 && d.Name != "include").Select(d => d.Name).Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public void What_is_explained_is_what_applies()
    {
        // The explanation lays the blocks over one another by itself; what it says must be what the settings do.
        int compared = 0;
        GeneratedConfig.Text.Sample(
            text =>
            {
                if (LoadForeign(text).Settings is not { } settings)
                {
                    return;
                }

                foreach ((string domain, string virtualMta) in ((string, string)[])[("a.example", "v1"), ("x.a.example", "{default}"), ("b.example", "v2")])
                {
                    DeliverySettings applies = settings.DeliveryFor(DomainName.Parse(domain), virtualMta);
                    var explained = settings.Origins.Queue(DomainName.Parse(domain), virtualMta).Settings.ToDictionary(s => s.Name, s => s.Lines[0].Text);
                    AssertAgrees(applies, explained, BlockKind.Domain);
                }

                IPAddress client = IPAddress.Parse("10.0.0.1");
                AssertAgrees(settings.SourceFor(client, "inner"), settings.Origins.Source(client, "inner").Settings.ToDictionary(s => s.Name, s => s.Lines[0].Text), BlockKind.Source);
                Interlocked.Increment(ref compared);
            },
            iter: 3_000);
        Assert.InRange(compared, 500, int.MaxValue);
    }

    private static void AssertAgrees(object applies, Dictionary<string, string> explained, BlockKind scope)
    {
        foreach (Directive directive in DirectiveTable.BoundIn(scope))
        {
            object? value = directive.Bound!.GetValue(applies);
            if (directive.Append is not null)
            {
                // A list has a line for each entry, and the first of them is at hand here.
                value = ((System.Collections.IEnumerable)value!).Cast<object>().FirstOrDefault();
                Assert.True(value is null || directive.Form.Print(value) == explained[directive.Name], directive.Name);
                continue;
            }

            string text = value switch
            {
                null when directive.Name.StartsWith("backoff-", StringComparison.Ordinal) => explained[directive.Name["backoff-".Length..]],
                null => directive.Default.Trim('-'),
                _ => directive.Form.Print(value),
            };
            // A secret is shown to people as a word of its own.
            text = directive.Form.IsSecret ? text.Replace(SecretValue.Mask, $"\"{SecretValue.Mask}\"", StringComparison.Ordinal) : text;
            Assert.Equal(text.Length == 0 ? "\"\"" : text, explained[directive.Name]);
        }
    }

    private static ExplainedSetting Queue(string domain, string virtualMta, string directive) =>
        One(Load(Example).Origins.Queue(DomainName.Parse(domain), virtualMta), directive);

    private static ExplainedSetting One(ExplainedSection section, string directive) => section.Settings.Single(s => s.Name == directive);

    private static string Show(ExplainedLine line) => $"{line.Text} {Path.GetFileName(line.Origin.File)}:{line.Origin.Line} {line.Origin.Block}";

    /// <summary>The files that it names are on another machine.</summary>
    private static ConfigLoad LoadForeign(string text)
    {
        const string File = "/etc/godwit/godwit.conf";
        return ConfigFile.Load(File, ConfigSurroundings.InMemory(new Dictionary<string, string> { [File] = text }) with { IsForeign = true });
    }

    private static ServerSettings Load(string text)
    {
        ConfigLoad load = LoadForeign(text);
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        return load.Settings;
    }
}
