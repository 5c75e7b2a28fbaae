// What the command line of bench/relay/run asks for. Immutable.

using System.Globalization;

namespace Godwit.Bench;

internal sealed record RelaySettings
{
    public int Messages { get; init; } = 5000;

    /// <summary>Octets of content.</summary>
    public int Size { get; init; } = 10240;

    public int Sessions { get; init; } = 100;

    /// <summary>1: everything to one smart host. More: so many destinations, each a queue of its own, all at the same sink.</summary>
    public int Domains { get; init; } = 1;

    /// <summary>Measured runs of each server, in turn.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Messages before the first measured run: godwitd compiles its hot paths during these.</summary>
    public int WarmUp { get; init; } = 3000;

    public string? Only { get; init; }

    /// <summary>Whether a short traced run counts fsync and fdatasync.</summary>
    public bool CountSyncs { get; init; } = true;

    /// <summary>A new connection for each message, as simple applications do; else each session sends one after the other, as bulk senders do.</summary>
    public bool Reconnect { get; init; }

    /// <summary>Godwit unsigned, with RSA and with Ed25519, instead of Godwit beside Postfix.</summary>
    public bool Sign { get; init; }

    /// <summary>Pairs of Godwit, in clear text and over TLS, instead of Godwit beside Postfix.</summary>
    public bool Tls { get; init; }

    public bool KeepFiles { get; init; }

    /// <summary>The published server.</summary>
    public string Godwitd { get; init; } = Path.GetFullPath(Environment.GetEnvironmentVariable("GODWITD") ?? "out/godwitd");

    /// <summary>Null when the arguments are wrong.</summary>
    public static RelaySettings? Parse(ReadOnlySpan<string> args)
    {
        var settings = new RelaySettings();
        while (!args.IsEmpty)
        {
            int taken = 1;
            RelaySettings? changed = settings.With(args[0]);
            if (changed is null && args.Length > 1)
            {
                taken = 2;
                changed = settings.With(args[0], args[1]);
            }

            if (changed is null)
            {
                return null;
            }

            settings = changed;
            args = args[taken..];
        }

        return settings;
    }

    public IEnumerable<string> NeededTools()
    {
        yield return RelayProcess.SmtpSource;
        yield return RelayProcess.SmtpSink;
        if (Only != "postfix")
        {
            yield return Godwitd;
        }

        if (Only != "godwit" && !Sign && !Tls)
        {
            yield return RelayPostfix.Program;
        }

        if (CountSyncs && !Sign && !Tls)
        {
            yield return RelaySyncs.Strace;
        }
    }

    private RelaySettings? With(string option) => option switch
    {
        "--no-syncs" => this with { CountSyncs = false },
        "--sign" => this with { Sign = true },
        "--tls" => this with { Tls = true },
        "--reconnect" => this with { Reconnect = true },
        _ => null,
    };

    private RelaySettings? With(string option, string value)
    {
        if (option == "--only")
        {
            return value is "godwit" or "postfix" ? this with { Only = value } : null;
        }

        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0)
        {
            return null;
        }

        return option switch
        {
            "--messages" => this with { Messages = number },
            "--size" => this with { Size = number },
            "--sessions" => this with { Sessions = number },
            "--domains" => this with { Domains = number },
            "--rounds" => this with { Rounds = number },
            "--warm-up" => this with { WarmUp = number },
            _ => null,
        };
    }
}
