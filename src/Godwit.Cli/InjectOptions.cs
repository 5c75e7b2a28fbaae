using System.Buffers;

namespace Godwit.Cli;

/// <summary>What <c>godwit inject</c> shall submit, and where.</summary>
internal sealed record InjectOptions
{
    /// <summary>Bounds that keep a slip of the finger from filling a disk or a port range.</summary>
    private const int MostMessages = 100_000_000;
    private const int MostConnections = 1000;
    private const int MostOctets = 50 * 1024 * 1024;
    private const int MostDomains = 1_000_000;
    private const int MostSeconds = 86_400;

    private static readonly SearchValues<char> _breaksOut = SearchValues.Create("<> \r\n\"");

    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 2525;

    public int Count { get; init; } = 1000;

    public int Connections { get; init; } = 10;

    /// <summary>Octets of a message.</summary>
    public int Size { get; init; } = 10 * 1024;

    public int Domains { get; init; } = 8;

    public string Sender { get; init; } = "news@sender.example";

    /// <summary>How long to follow the server until every message has its fate; zero does not follow.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Null, with the reason, when the words cannot be read.</summary>
    public static InjectOptions? Parse(IReadOnlyList<string> words, out string problem)
    {
        var options = new InjectOptions();
        problem = "";
        for (int i = 0; i < words.Count && problem.Length == 0; i++)
        {
            string name = words[i].Split('=', 2)[0];
            string value = GlobalOptions.Value(words, ref i);
            options = name switch
            {
                "--to" => options.WithTarget(value, ref problem),
                "--count" => options with { Count = Number(name, value, 1, MostMessages, ref problem) },
                "--connections" => options with { Connections = Number(name, value, 1, MostConnections, ref problem) },
                "--size" => options with { Size = Number(name, value, 1, MostOctets, ref problem) },
                "--domains" => options with { Domains = Number(name, value, 1, MostDomains, ref problem) },
                "--wait" => options with { Wait = TimeSpan.FromSeconds(Number(name, value, 0, MostSeconds, ref problem)) },
                "--from" => options.WithSender(value, ref problem),
                _ => options.Unknown(name, ref problem),
            };
        }

        return problem.Length == 0 ? options : null;
    }

    private static int Number(string name, string value, int least, int most, ref string problem)
    {
        if (int.TryParse(value, out int number) && number >= least && number <= most)
        {
            return number;
        }

        problem = $"{name} needs a number from {least} to {most}";
        return least;
    }

    private InjectOptions WithTarget(string value, ref string problem)
    {
        int colon = value.LastIndexOf(':');
        if (colon > 0 && int.TryParse(value.AsSpan(colon + 1), out int port) && port is > 0 and < 65536)
        {
            return this with { Host = value[..colon].Trim('[', ']'), Port = port };
        }

        problem = "--to needs HOST:PORT, as in --to 127.0.0.1:2525";
        return this;
    }

    /// <summary>The address goes into a command and a header field: nothing that could end either.</summary>
    private InjectOptions WithSender(string value, ref string problem)
    {
        if (value.Contains('@', StringComparison.Ordinal) && !value.AsSpan().ContainsAny(_breaksOut))
        {
            return this with { Sender = value };
        }

        problem = "--from needs an address, as in --from news@sender.example";
        return this;
    }

    private InjectOptions Unknown(string name, ref string problem)
    {
        problem = $"inject has no option {name}; see \"godwit help inject\"";
        return this;
    }
}
