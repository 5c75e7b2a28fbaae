using CsCheck;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ConfigTreeTextTests
{
    private const string Main = "/etc/godwit/godwit.conf";

    [Fact]
    public void A_tree_is_printed_one_directive_a_line_and_without_what_means_nothing()
    {
        var files = new Dictionary<string, string>
        {
            ["/c/main"] = "postmaster\ta@b.example   # me\n\n  <DOMAIN  * >\r\n max-smtp-out  5\n include part\n</domain>\n"
                + "<pattern-list x>\n rcpt-to /a/ <pattern-list>\n rcpt-to /b/ c\n </pattern-list>\n</pattern-list>",
            ["/c/part"] = "bounce-after 1d # from the part",
        };

        Assert.Equal(
            """
            # The configuration as it was read.
            postmaster a@b.example
            <DOMAIN *>
              max-smtp-out 5
            #   include part
              bounce-after 1d
            </DOMAIN>
            <pattern-list x>
              rcpt-to /a/ <pattern-list>
                rcpt-to /b/ c
              </pattern-list>
            </pattern-list>

            """,
            ConfigTreeText.Print(Read("/c/main", ConfigSurroundings.InMemory(files), new ProblemList())));
    }

    [Fact]
    public void Every_directive_in_every_block_is_read_the_same_after_printing() => AssertRoundTrip(Main, InMemory(GeneratedConfig.Everything()));

    [Fact]
    public void Any_configuration_is_read_the_same_after_printing()
    {
        int loaded = 0;
        int all = 0;
        GeneratedConfig.Text.Sample(
            text =>
            {
                Interlocked.Increment(ref all);
                if (AssertRoundTrip(Main, InMemory(text)))
                {
                    Interlocked.Increment(ref loaded);
                }
            },
            iter: 10_000);

        // A generator whose configurations are all refused would compare nothing but refusals.
        Assert.InRange(loaded, all / 2, all);
    }

    [Fact]
    public void Hundreds_of_includes_that_match_nothing_leave_the_same_configuration() =>
        AssertRoundTrip(Main, InMemory("postmaster a@example.com\nspool /x\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"include parts{i}-*.conf\n"))));

    [Fact]
    public void Blocks_nest_no_deeper_over_several_files_than_in_one()
    {
        string Part(string name, string inner) => string.Concat(Enumerable.Repeat($"<{name} x>\n", 10)) + inner + string.Concat(Enumerable.Repeat($"</{name}>\n", 10));
        var files = new Dictionary<string, string> { [Main] = Part("domain", "include part\n"), ["/etc/godwit/part"] = Part("source", "") };

        ConfigLoad load = ConfigFile.Load(Main, ConfigSurroundings.InMemory(files));

        Assert.Contains("/etc/godwit/part:7:1: error: blocks are nested more than 16 deep (and in 3 more places)", load.Problems.Select(p => p.ToString()));
        AssertRoundTrip(Main, ConfigSurroundings.InMemory(files));
    }

    [Fact]
    public void A_file_called_like_a_nested_list_opens_none()
    {
        const string Text = """
            <pattern-list p1>
              include <pattern-list>
              <pattern-list list>
                mail-from /a/ virtual-mta=v1
              </pattern-list>
            </pattern-list>

            """;

        ConfigBlock tree = Read(Main, InMemory(Text), new ProblemList());
        string printed = ConfigTreeText.Print(tree);

        AssertSame(tree, Read(Main, InMemory(printed), new ProblemList()));
    }

    [Fact]
    public void The_generator_has_a_value_for_every_directive() =>
        Assert.Equal([], DirectiveTable.All.Where(d => !GeneratedConfig.ValuesOf(d).Any(value => value != "\"\"")).Select(d => d.Name));

    /// <summary>
    /// Parse, print, parse: the same tree, the same problems, the same settings. True when there are settings. A tree that was
    /// cut, because its blocks nest too deep or stand without an argument in their like, can be printed and read; that its text is cut alike is no promise.
    /// </summary>
    /// <param name="damaged">A repair of real damage may be repaired again: its tree is compared only where nothing was wrong.</param>
    internal static bool AssertRoundTrip(string path, ConfigSurroundings surroundings, bool damaged = false)
    {
        var problems = new ProblemList();
        ConfigBlock first = Read(path, surroundings, problems);
        string printed = ConfigTreeText.Print(first);
        // A provider file is no part of the tree: the directive that names it is printed, and finds it again.
        ConfigSurroundings reprinted = surroundings with { Read = file => file == path ? printed : surroundings.Read(file) };
        ConfigBlock second = Read(path, reprinted, new ProblemList());

        if (damaged ? !problems.HasErrors : !problems.ToList().Any(p => p.Message.Contains("nested more than", StringComparison.Ordinal)
            || p.Message.Contains("without an argument, inside the block", StringComparison.Ordinal)))
        {
            AssertSame(first, second);
        }

        if (problems.HasErrors)
        {
            // The tree was repaired: its text is well-formed, and means what the repair meant.
            return false;
        }

        ConfigLoad one = ConfigFile.Load(path, surroundings);
        ConfigLoad two = ConfigFile.Load(path, reprinted);
        if (one.Problems.Any(p => p.Severity == ConfigSeverity.Error && p.Message.StartsWith("include", StringComparison.Ordinal)))
        {
            return false;
        }

        // Where a list is full, what printing took out of it (include) makes room for others.
        if (!IsFull(one) && !IsFull(two))
        {
            Assert.Equal(Sentences(one), Sentences(two));
        }

        Assert.Equal(one.Settings is null, two.Settings is null);
        if (one.Settings is null)
        {
            return false;
        }

        Assert.Equal(Meaning(one.Settings), Meaning(two.Settings!));
        return true;
    }

    private static void AssertSame(ConfigBlock first, ConfigBlock second)
    {
        Assert.Equal((first.Name, first.Text), (second.Name, second.Text));
        List<ConfigNode> one = [.. first.Children.Where(IsNoInclude)];
        List<ConfigNode> two = [.. second.Children.Where(IsNoInclude)];
        Assert.Equal(one.Select(n => (n.GetType(), n.Name, n.Text)), two.Select(n => (n.GetType(), n.Name, n.Text)));
        foreach ((ConfigBlock a, ConfigBlock b) in one.OfType<ConfigBlock>().Zip(two.OfType<ConfigBlock>()))
        {
            AssertSame(a, b);
        }
    }

    /// <summary>Printed as a comment: what it brought in stands there already.</summary>
    private static bool IsNoInclude(ConfigNode node) => !node.Name.Equals("include", StringComparison.OrdinalIgnoreCase);

    private static bool IsFull(ConfigLoad load) =>
        load.Problems.Any(static problem => problem.Message.StartsWith("there are more like this", StringComparison.Ordinal));

    /// <summary>Without the places, which printing moves, and without include, which it has carried out.</summary>
    private static IEnumerable<string> Sentences(ConfigLoad load) => load.Problems
        .Where(p => !p.Message.Contains("line ", StringComparison.Ordinal) && !p.Message.StartsWith("include", StringComparison.Ordinal))
        .Select(p => $"{p.Severity} {p.Message}").Order(StringComparer.Ordinal);

    /// <summary>Everything a server would do differently, as text.</summary>
    private static List<string> Meaning(ServerSettings settings)
    {
        var meaning = new List<string>
        {
            settings.HostName, $"{settings.Spool}", $"{settings.DummyReceiver}", $"{settings.TotalMaxSmtpIn} {settings.TotalMaxSmtpOut} {settings.HttpManagementPort}",
            $"{settings.LogFile} {settings.LogRotate} {settings.LogAutoRotation} {settings.LogFileWorldReadable}",
        };
        meaning.AddRange(settings.Listeners.Select(l => l.ToString()));
        meaning.AddRange(settings.NameServers.Select(n => n.ToString()));
        meaning.Add(settings.Postmaster?.Text ?? "");
        meaning.AddRange(settings.AccountingFiles.SelectMany(f => SettingsText.Print(f).Prepend(f.Path)));
        meaning.AddRange(settings.VirtualMtas.Values.SelectMany(v => SettingsText.Print(v).Prepend(v.Name)));
        meaning.AddRange(settings.Pools.Values.Select(p => $"{p.Name} {string.Join(',', p.Members)}"));
        meaning.Add($"relay {settings.IsRelayDomain(DomainName.Parse("a.example"))}");
        foreach (string queue in (string[])["a.example/{default}", "x.a.example/v1", "b.example/v2"])
        {
            string[] parts = queue.Split('/');
            meaning.AddRange(SettingsText.Print(settings.DeliveryFor(DomainName.Parse(parts[0]), parts[1])));
        }

        meaning.AddRange(Explained(settings.Origins.Queue(DomainName.Parse("x.a.example"), "v1")));
        meaning.AddRange(Explained(settings.Origins.VirtualMta("v1")));
        meaning.AddRange(Explained(settings.Origins.Source(System.Net.IPAddress.Parse("10.0.0.1"), "inner")));
        return meaning;
    }

    private static IEnumerable<string> Explained(ExplainedSection section) =>
        section.Settings.SelectMany(s => s.Lines.Concat(s.Beaten)).Select(line => $"{line.Name} {line.Text} {line.Origin.Block}");

    private static ConfigBlock Read(string path, ConfigSurroundings surroundings, ProblemList problems) =>
        new ConfigTreeReader(surroundings, problems, Path.GetDirectoryName(path)!).Read(path);

    /// <summary>Another machine's: the files that a generated text names are nowhere.</summary>
    private static ConfigSurroundings InMemory(string text) =>
        ConfigSurroundings.InMemory(new Dictionary<string, string> { [Main] = text }) with { IsForeign = true };
}
