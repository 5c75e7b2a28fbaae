// From a model file to receivers, with the grammar of the configuration. Owned by one load; what is wrong goes into its problems, with its place.
// The shipped model is a part of this program: one that cannot be read is a broken build, which a test would have stopped.

using System.Globalization;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Reads models for rehearsals.</summary>
internal sealed class RehearsalFile(ConfigSurroundings surroundings, ProviderTable providers, ProblemList problems)
{
    /// <summary>The shipped model's name, inside the assembly and beside the program.</summary>
    public const string ShippedName = "rehearsal.conf";

    private const double Whole = 100.000001;

    private readonly Dictionary<DomainName, string> _domains = [];

    /// <summary>Reads a user's file. Its problems are told; with errors nothing is returned.</summary>
    public IReadOnlyList<ReceiverSettings> Load(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            return Read(full, surroundings.Read(full));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message;
            problems.Error(new ConfigPosition(path, 0, 0), $"cannot read it: {why}");
            return [];
        }
    }

    /// <summary>Reads the model in the assembly.</summary>
    public IReadOnlyList<ReceiverSettings> LoadShipped() => Read("/" + ShippedName, ShippedText());

    /// <summary>The text in the assembly.</summary>
    public static string ShippedText()
    {
        using Stream stream = typeof(RehearsalFile).Assembly.GetManifestResourceStream(ShippedName)
            ?? throw new InvalidOperationException($"{ShippedName} is missing in this build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private List<ReceiverSettings> Read(string path, string text)
    {
        string baseDirectory = Path.GetDirectoryName(path) ?? "/";
        ConfigSurroundings with = surroundings with { Read = other => other == path ? text : surroundings.Read(other) };
        var root = new CheckedBlock(BlockKind.RehearsalFile, "", new ConfigPosition(path, 0, 0), 0);
        new ConfigChecker(problems, new DirectiveTally(), baseDirectory).Check(new ConfigTreeReader(with, problems, baseDirectory).Read(path), root);
        var receivers = new List<ReceiverSettings>();
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Receiver))
        {
            if (receivers.Exists(r => r.Name.Equals(block.Argument, StringComparison.OrdinalIgnoreCase)))
            {
                problems.Error(block.At, $"<receiver {block.Argument}> stands there already; choose another name");
            }

            receivers.Add(Receiver(block));
        }

        CheckWhole(root, receivers);
        return problems.HasErrors ? [] : receivers;
    }

    private ReceiverSettings Receiver(CheckedBlock block)
    {
        var receiver = new ReceiverSettings(block.Argument.ToLowerInvariant());
        receiver = receiver with
        {
            Provider = Value(block, "provider", receiver.Provider),
            Share = Value(block, "share", receiver.Share),
            Domains = [.. block.All("domain").Select(line => line.Value).OfType<DomainShare>()],
            InventedDomains = Value(block, "invented-domains", receiver.InventedDomains),
            ConnectTime = Value(block, "connect-milliseconds", receiver.ConnectTime),
            MessageTime = Value(block, "message-milliseconds", receiver.MessageTime),
            MaxConnectionsPerSource = Value(block, "max-connections-per-source-ip", receiver.MaxConnectionsPerSource),
            MaxRatePerSource = Value(block, "max-msg-rate-per-source-ip", receiver.MaxRatePerSource),
            WhenTooFast = Value(block, "when-too-fast", receiver.WhenTooFast),
            WhenTooMany = Value(block, "when-too-many", receiver.WhenTooMany),
            Answers = [.. block.All("answer").Select(line => line.Value).OfType<AnswerShare>()],
            Unreachable = Value(block, "unreachable", receiver.Unreachable),
        };
        CheckNames(block, receiver);
        CheckShares(block, receiver);
        return receiver;
    }

    private void CheckNames(CheckedBlock block, ReceiverSettings receiver)
    {
        ProviderProfile? provider = receiver.Provider.Length == 0 ? null : providers.ByName(receiver.Provider);
        if (receiver.Provider.Length > 0 && provider is null)
        {
            problems.Error(block.Last("provider")!.ValueAt,
                $"no provider is called {receiver.Provider}; they are {string.Join(", ", providers.Providers.Select(p => p.Name))}");
            return;
        }

        foreach (CheckedDirective line in block.Directives)
        {
            string name = line.Value is AnswerShare answer ? answer.Reply
                : line.Directive.Name.StartsWith("when-", StringComparison.Ordinal) ? line.Value as string ?? "" : "";
            if (name.Length > 0 && BareCode(name) == 0 && FindReply(providers, provider, name) is not { Samples.Count: > 0 })
            {
                string where = provider is null ? "<provider any>" : $"<provider {provider.Name}> or <provider any>";
                problems.Error(line.ValueAt, $"{where} has no reply {name} with a sample in the provider file; write its name, or a code such as 550");
            }

            if (line.Value is DomainShare { Domain: var domain } && !_domains.TryAdd(domain, receiver.Name))
            {
                problems.Error(line.ValueAt, $"{domain} belongs already to <receiver {_domains[domain]}>");
            }
        }
    }

    private void CheckShares(CheckedBlock block, ReceiverSettings receiver)
    {
        if (receiver.Domains.Sum(d => d.Percent) > Whole)
        {
            problems.Error(block.At, $"the domains of <receiver {block.Argument}> have more than 100% together");
        }

        if (receiver.Answers.Sum(a => a.Percent) > Whole)
        {
            problems.Error(block.At, $"the answers of <receiver {block.Argument}> are more than 100% together");
        }

        if (receiver is { Share: > 0, InventedDomains: 0 } && receiver.Domains.Sum(d => d.Percent) <= 0)
        {
            problems.Error(block.At, $"<receiver {block.Argument}> has a share of the mail and no domain for it; write domain or invented-domains");
        }
    }

    private void CheckWhole(CheckedBlock root, List<ReceiverSettings> receivers)
    {
        if (!receivers.Exists(r => r.Name == ReceiverSettings.Rest))
        {
            problems.Error(root.At, $"<receiver {ReceiverSettings.Rest}> is missing: it has the domains that no other receiver has");
        }

        double sum = receivers.Sum(r => r.Share);
        if (receivers.Count > 0 && Math.Abs(sum - 100) > 0.01)
        {
            problems.Error(root.At, FormattableString.Invariant($"the shares of all receivers are {sum:0.###}% together; make them 100%"));
        }
    }

    /// <summary>The code of a bare reply; 0 when the name is that of a rule.</summary>
    public static int BareCode(string name) => int.TryParse(name, CultureInfo.InvariantCulture, out int code) && code is >= 400 and < 600 ? code : 0;

    /// <summary>A rule of a provider, or of any.</summary>
    public static ProviderReply? FindReply(ProviderTable providers, ProviderProfile? provider, string name) =>
        Named(provider, name) ?? Named(providers.ByName(ProviderProfile.Any), name);

    private static ProviderReply? Named(ProviderProfile? provider, string name) =>
        provider?.Replies.FirstOrDefault(r => r.Id.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static T Value<T>(CheckedBlock block, string directive, T otherwise) => block.Last(directive)?.Value is T value ? value : otherwise;
}
