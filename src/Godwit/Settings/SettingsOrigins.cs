// Where every effective value comes from. Holds on to the checked blocks that the settings were built from and works an answer out when somebody asks,
// so that nothing is kept for queues nobody asks about. Immutable; thread safe.

using System.Globalization;
using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Explains settings, directive by directive, those that are not in effect yet included.</summary>
public sealed class SettingsOrigins
{
    private const string Backoff = "backoff-";

    private readonly CheckedBlock _root;
    private readonly string _hostName;
    private readonly DeliveryInheritance _delivery;
    private readonly SourceInheritance _sources;

    internal SettingsOrigins(CheckedBlock root, string hostName, DeliveryInheritance delivery, SourceInheritance sources) =>
        (_root, _hostName, _delivery, _sources) = (root, hostName, delivery, sources);

    /// <summary>Of settings that were built from no file.</summary>
    public static SettingsOrigins DefaultsOnly { get; } = new(
        new CheckedBlock(BlockKind.Global, "", default, argumentColumn: 0),
        "",
        new DeliveryInheritance(new DomainPatternMap<SettingOverlay>(), new Dictionary<string, VirtualMtaLevels>()),
        new SourceInheritance());

    /// <summary>The names that <c>&lt;source&gt;</c> blocks have, those of addresses left out.</summary>
    public IEnumerable<string> SourceNames => _sources.Names;

    /// <summary>The directives of <c>&lt;domain&gt;</c> for one queue. A virtual MTA that does not exist has what is said at global level.</summary>
    public ExplainedSection Queue(DomainName destination, string virtualMta) =>
        new("Queue Settings", BeginWith(
            _delivery.BeginsWith(destination, virtualMta), new Explanation(BlockKind.Domain, _delivery.Said(destination, virtualMta)).Settings()));

    /// <summary>The directives of one <c>&lt;virtual-mta&gt;</c>; what it does not say and may be said at global level is taken from there.</summary>
    public ExplainedSection VirtualMta(string name)
    {
        List<SaidBlock> own = [.. Named(BlockKind.VirtualMta, name)];
        List<ExplainedSetting> settings = new Explanation(BlockKind.VirtualMta, own, _root).Settings();
        int hosts = settings.FindIndex(s => s.Name == "smtp-source-host");
        settings[hosts] = SourceHosts(own, settings[hosts]);
        settings.RemoveAll(s => s.Name == "smtp-source-ip");
        return new ExplainedSection("Virtual MTA Settings", settings);
    }

    /// <summary>The directives of one <c>&lt;virtual-mta-pool&gt;</c>, likewise.</summary>
    public ExplainedSection Pool(string name) =>
        new("Virtual MTA Pool Settings", new Explanation(BlockKind.Pool, Named(BlockKind.Pool, name), _root).Settings());

    /// <summary>The directives of <c>&lt;source&gt;</c> for a client: by its address, then by the named source. Either may be left out.</summary>
    public ExplainedSection Source(IPAddress? client, string name) =>
        new("Source Settings", new Explanation(BlockKind.Source, _sources.Said(client, name)).Settings());

    /// <summary>
    /// The provider that a directive's value comes from, because the destination is a domain of its own and no block says anything; null for every other value.
    /// A value of backoff mode that nobody set is that of normal mode. Costs some microseconds.
    /// </summary>
    public ProviderProfile? ProviderOf(DomainName destination, string virtualMta, string directive)
    {
        if (_delivery.BeginsWith(destination, virtualMta) is not { } provider)
        {
            return null;
        }

        string normal = directive.StartsWith(Backoff, StringComparison.Ordinal) ? directive[Backoff.Length..] : directive;
        return provider.Says(normal)
            && !_delivery.Said(destination, virtualMta).Any(
                said => said.Block.Directives.Exists(line => line.Directive.Name == directive || line.Directive.Name == normal))
            ? provider
            : null;
    }

    /// <summary>Where nobody has said anything, a provider's own domain begins with what is known about the provider.</summary>
    private static List<ExplainedSetting> BeginWith(ProviderProfile? provider, List<ExplainedSetting> settings)
    {
        if (provider is null)
        {
            return settings;
        }

        foreach ((string name, string? value) in ((string, string?)[])[
            ("max-smtp-out", provider.MaxSmtpOut?.ToString(CultureInfo.InvariantCulture)),
            ("max-msg-per-connection", provider.MaxMsgPerConnection?.ToString(CultureInfo.InvariantCulture)),
            ("max-msg-rate", provider.MaxMsgRate is { } rate ? ValueParsers.RateForm.Print(rate) : null),
            ("require-starttls", provider.RequireStartTls ? "yes" : null)])
        {
            int place = settings.FindIndex(s => s.Name == name);
            if (value is null || !settings[place].Lines[0].Origin.Equals(SettingOrigin.Default))
            {
                continue;
            }

            settings[place] = settings[place] with { Lines = [new ExplainedLine(name, value, new SettingOrigin("", 0, $"provider {provider.Name}"))] };
            int backoff = settings.FindIndex(s => s.Name == $"backoff-{name}" && s.Lines[0].Origin.Block == $"as {name}");
            if (backoff >= 0)
            {
                settings[backoff] = settings[backoff] with { Lines = [settings[backoff].Lines[0] with { Text = value }] };
            }
        }

        return settings;
    }

    private IEnumerable<SaidBlock> Named(BlockKind kind, string name) => _root.Blocks
        .Where(b => b.Kind == kind && b.Argument.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(b => new SaidBlock(b, _root));

    /// <summary>One line for each address that is used, in whichever spelling it was said. Any address of its own takes the place of the server's.</summary>
    private ExplainedSetting SourceHosts(List<SaidBlock> own, ExplainedSetting written)
    {
        List<ExplainedLine> mine = HostLines(own);
        List<ExplainedLine> servers = HostLines([new SaidBlock(_root, _root)]);
        (List<ExplainedLine> lines, List<ExplainedLine> beaten) = mine.Count > 0 ? (mine, servers) : (servers, []);
        bool chosen = lines.Exists(line => line.Text.Length > 0);
        return written with
        {
            Lines = chosen ? lines.FindAll(line => line.Text.Length > 0) : [new ExplainedLine(written.Name, "\"\"", SettingOrigin.Default)],
            Beaten = beaten,
        };
    }

    /// <summary>
    /// A name without an address has an empty text: it is said, and the address is the system's choice. So has a source behind a proxy, whose own line says it.
    /// </summary>
    private List<ExplainedLine> HostLines(IEnumerable<SaidBlock> blocks) =>
    [
        .. from said in blocks
           from host in SourceHostLine.Of(said.Block, _hostName, ProxyTable.Of(_root))
           let text = host.Host is { Address: { } address, Proxies.Count: 0 } ? $"{address} {host.Host.HostName}" : ""
           select new ExplainedLine("smtp-source-host", text, Explanation.OriginOf(host.Line, said)),
    ];
}
