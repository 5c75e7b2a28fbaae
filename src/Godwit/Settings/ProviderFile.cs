// From a provider file to a ProviderTable, with the grammar of the configuration. Owned by one load; what is wrong goes into its problems, with its place.
// The shipped file is a part of this program: one that cannot be read is a broken build, which a test would have stopped.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Reads provider files.</summary>
internal sealed class ProviderFile(ConfigSurroundings surroundings, ProblemList problems)
{
    /// <summary>The shipped file's name, inside the assembly and beside the program.</summary>
    public const string ShippedName = "providers.conf";

    private readonly Dictionary<DomainName, string> _domains = [];
    private readonly Dictionary<DomainName, string> _suffixes = [];
    private readonly Dictionary<string, ConfigPosition> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the text of every file that is read, for reports.</summary>
    public Dictionary<string, string> Texts { get; init; } = [];

    /// <summary>Reads a user's file, and tries its samples.</summary>
    /// <param name="from">Where the file is named.</param>
    public ProviderTable Load(string path, ConfigPosition from)
    {
        string text;
        try
        {
            text = surroundings.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            problems.Error(from, $"cannot read {path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message)}");
            return ProviderTable.Empty;
        }

        CheckedBlock root = Check(path, text);
        var providers = Build(root);
        PatternLint.Check(root, settings: null, surroundings, problems);
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Provider))
        {
            TrySamples(block);
        }

        return new ProviderTable(problems.HasErrors ? [] : providers);
    }

    /// <summary>The table in the assembly.</summary>
    public static ProviderTable ReadShipped()
    {
        var problems = new ProblemList();
        var file = new ProviderFile(ConfigSurroundings.Machine, problems);
        List<ProviderProfile> providers = file.Build(file.Check("/" + ShippedName, ShippedText()));
        return problems.ToList() is [var first, ..] ? throw new InvalidOperationException($"the shipped {first}") : new ProviderTable(providers);
    }

    /// <summary>The text in the assembly.</summary>
    public static string ShippedText()
    {
        using Stream stream = typeof(ProviderFile).Assembly.GetManifestResourceStream(ShippedName)
            ?? throw new InvalidOperationException($"{ShippedName} is missing in this build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private CheckedBlock Check(string path, string text)
    {
        string baseDirectory = Path.GetDirectoryName(path) ?? "/";
        ConfigSurroundings with = surroundings with { Read = other => other == path ? text : surroundings.Read(other) };
        var reader = new ConfigTreeReader(with, problems, baseDirectory);
        var root = new CheckedBlock(BlockKind.ProviderFile, "", new ConfigPosition(path, 0, 0), 0);
        var checker = new ConfigChecker(problems, new DirectiveTally(), baseDirectory);
        checker.Check(reader.Read(path), root);
        foreach ((string name, string content) in reader.Texts)
        {
            Texts[name] = content;
        }

        return root;
    }

    private List<ProviderProfile> Build(CheckedBlock root)
    {
        var providers = new List<ProviderProfile>();
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Provider))
        {
            if (!_names.TryAdd(block.Argument, block.At))
            {
                ConfigPosition first = _names[block.Argument];
                string file = first.File == block.At.File ? "" : $" of {first.File}";
                problems.Error(block.At, $"<provider {block.Argument}> stands already in line {first.Line}{file}");
                continue;
            }

            providers.Add(Provider(block));
        }

        return providers;
    }

    private ProviderProfile Provider(CheckedBlock block)
    {
        string name = block.Argument.ToLowerInvariant();
        List<DomainName> domains = Names(block, "domain", _domains, name);
        List<DomainName> suffixes = Names(block, "mx", _suffixes, name);
        if (name == ProviderProfile.Any && block.Directives.Find(d => d.Directive.Name is not ("reply" or "sample")) is { } limit)
        {
            problems.Error(limit.At,
                $"{limit.Directive.Name} cannot stand in <provider {name}>: its replies hold for every destination, and it has nothing else");
        }
        else if (suffixes.Count > 0 && domains.Count == 0)
        {
            problems.Error(block.At, $"<provider {name}> has mx but no domain; the first domain names the queue that its mail shares");
        }

        return new ProviderProfile(name)
        {
            File = block.At.File == "/" + ShippedName ? ProviderProfile.ShippedFile : block.At.File,
            Domains = domains,
            MxSuffixes = suffixes,
            MaxSmtpOut = block.Last("max-smtp-out")?.Value as int?,
            MaxMsgPerConnection = block.Last("max-msg-per-connection")?.Value as int?,
            MaxMsgRate = block.Last("max-msg-rate")?.Value as Rate?,
            RequireStartTls = block.Last("require-starttls")?.Value is true,
            Replies = Replies(block, name),
        };
    }

    /// <summary>A domain or suffix belongs to one provider.</summary>
    private List<DomainName> Names(CheckedBlock block, string directive, Dictionary<DomainName, string> owners, string provider)
    {
        var names = new List<DomainName>();
        foreach (CheckedDirective line in block.All(directive))
        {
            if (line.Value is not DomainName domain)
            {
                continue;
            }

            if (owners.TryAdd(domain, provider))
            {
                names.Add(domain);
            }
            else
            {
                problems.Error(line.ValueAt, $"{directive} {domain} belongs already to <provider {owners[domain]}>");
            }
        }

        return names;
    }

    private List<ProviderReply> Replies(CheckedBlock block, string provider)
    {
        var replies = new List<ProviderReply>();
        var samples = new List<ReplySample>();
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is ProviderReply reply)
            {
                if (replies.Exists(r => r.Id.Equals(reply.Id, StringComparison.OrdinalIgnoreCase)))
                {
                    problems.Error(line.ValueAt, $"{reply.Id} is the name of an earlier reply of <provider {provider}>; choose another");
                }

                samples = [];
                replies.Add(reply with { Provider = provider, Samples = samples });
            }
            else if (line.Value is ReplySample sample)
            {
                samples.Add(sample);
                if (replies.Count == 0)
                {
                    problems.Error(line.At, "a sample stands behind the reply that it is a sample of");
                }
            }
        }

        return replies;
    }

    /// <summary>Warns of samples that another rule takes, or none: then the rules do not do what their owner thinks.</summary>
    private void TrySamples(CheckedBlock block)
    {
        var rules = new List<ProviderReply>();
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is ProviderReply rule)
            {
                rules.Add(rule);
            }
            else if (line.Value is ReplySample sample && rules.Count > 0)
            {
                ProviderReply? taker = rules.Find(r => r.Pattern.IsMatch(sample.Text, out _));
                if (taker is null)
                {
                    problems.Warn(line.ValueAt, $"the pattern of {rules[^1].Id} does not match this sample");
                }
                else if (taker != rules[^1])
                {
                    problems.Warn(line.ValueAt,
                        $"the pattern of {taker.Id}, which stands before {rules[^1].Id}, takes this sample; put the special before the general");
                }
            }
        }
    }
}
