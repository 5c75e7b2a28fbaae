// From what a configuration says to what applies: inheritance, references between blocks, defaults. Owned by one load, used once.
// Collects every problem and goes on with the best guess; the caller throws the result away when one of them is an error.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Builds one <see cref="ServerSettings"/>. The other parts of this class are one section of the configuration each.</summary>
internal sealed partial class SettingsBuilder(CheckedBlock root, ProblemList problems, ConfigSurroundings surroundings, string baseDirectory)
{
    private readonly CollectorPace _pace = new();
    private readonly ConfigPosition _wholeFile = root.At with { Line = 0, Column = 0 };

    public ServerSettings Build()
    {
        List<DomainName> hostNames = HostNames();
        string hostName = hostNames[0].Text;
        // Order: macros before patterns, virtual MTAs before what names them, sources before listeners.
        DomainMacros macros = Macros();
        var virtualMtas = VirtualMtas(hostName);
        var pools = Pools(virtualMtas);
        AddKeys(virtualMtas, pools, macros, hostNames);
        Func<ProviderTable> known = Providers();
        DeliveryInheritance delivery = Domains(macros, hostNames, virtualMtas, pools, known);
        DomainPatternMap<string> relay = RelayDomains(macros, hostNames);
        SourceInheritance sources = Sources(virtualMtas, pools);
        CanonicalName(root, "invalid-virtual-mta-fallback", virtualMtas, pools);
        var postmasters = All(root, "postmaster").Select(d => d.Value).OfType<EmailAddress>().ToList();
        if (Last(root, "log-file")?.Value is null)
        {
            problems.Note(_wholeFile, "no log-file: the log goes to standard error");
        }

        NameReferences.Check(root, settings: null, surroundings, problems);
        SettingOverlay simple = OverlayOf(root);
        var server = new ServerSettings
        {
            HostName = hostName,
            HostNames = hostNames,
            Postmaster = postmasters.Count > 0 ? postmasters[0] : null,
            Listeners = Listeners(sources),
            NameServers = NameServers(),
            Spool = Spool(),
            AccountingFiles = AccountingFiles(),
            VirtualMtas = virtualMtas,
            Pools = pools,
            PatternLists = PatternLists(virtualMtas, pools),
            ReplyLists = ReplyLists(),
            SmtpUsers = Users(sources),
            Vault = Vault(),
            HttpAccess = HttpAccess(),
            HttpApiKeys = [.. All(root, "http-api-key").Select(line => line.Value).OfType<SecretValue>().Where(key => !key.IsEmpty)],
            HttpUsers = HttpUsers(),
            HttpTls = TlsDirectives.OfConsole(root),
            DomainKeyLists = KeyLists(macros, hostNames),
            MxRollups = [.. root.BlocksOf(BlockKind.RollupList).SelectMany(block => block.All("mx")).Select(line => line.Value).OfType<MxRollupRule>()],
            DummyReceiver = DummyReceiver(),
            ConfigFile = root.At.File,
            ResolveProviders = known,
            ResolveDelivery = delivery.For,
            ResolveNamed = delivery.IsNamed,
            ResolveSource = sources.For,
            ResolveRelayDomain = domain => relay.For(domain).MoveNext(),
            Origins = new SettingsOrigins(root, hostName, delivery, sources),
        };
        simple.ApplyTo(server, server);

        // At last, so that nothing in the file can name it.
        virtualMtas.Add(
            EnvelopeRecipient.ReportVirtualMta,
            virtualMtas[EnvelopeRecipient.DefaultVirtualMta] with { Name = EnvelopeRecipient.ReportVirtualMta });
        return server;
    }

    private List<DomainName> HostNames()
    {
        var names = All(root, "host-name").Select(d => d.Value).OfType<DomainName>().ToList();
        if (names.Count == 0)
        {
            bool known = DomainName.TryParse(surroundings.HostName(), out DomainName system);
            names.Add(known ? system : DomainName.Parse("localhost"));
        }

        return names;
    }

    /// <summary>Blocks of one name are one list, in the order of the file.</summary>
    private Dictionary<string, IReadOnlyList<ReplyRule>> ReplyLists() =>
        root.BlocksOf(BlockKind.SmtpPatternList).GroupBy(block => block.Argument, StringComparer.OrdinalIgnoreCase).ToDictionary(
            blocks => blocks.Key,
            blocks => (IReadOnlyList<ReplyRule>)[.. blocks.SelectMany(block => block.All("reply")).Select(line => line.Value).OfType<ReplyRule>()],
            StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<CheckedDirective> All(CheckedBlock block, string name) => block.All(name);

    private static CheckedDirective? Last(CheckedBlock block, string name) => block.Last(name);

    private static T LastValue<T>(CheckedBlock block, string name, T otherwise) => Last(block, name)?.Value is T value ? value : otherwise;

    /// <summary>Tells where a block says the same thing twice; the last value counts.</summary>
    private void NoteTwice(CheckedBlock block)
    {
        for (int i = 1; i < block.Directives.Count; i++)
        {
            CheckedDirective line = block.Directives[i];
            if (SettingOverlay.SetsSomething(line) && !line.Directive.Repeatable
                && block.Directives.FindIndex(0, i, before => before.Directive == line.Directive) >= 0)
            {
                problems.Once(
                    $"twice {line.Directive.Name}", line.At, ConfigSeverity.Note, $"{line.Directive.Name} is given twice in one block; the last value counts");
            }
        }
    }

    /// <summary>What a block says about the properties of its settings.</summary>
    private SettingOverlay OverlayOf(CheckedBlock block)
    {
        NoteTwice(block);
        return SettingOverlay.Of(block, root);
    }
}
