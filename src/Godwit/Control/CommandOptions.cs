// The options of the verbs, each read once: --name, --name=value or --name value. Which verb takes which stands in the table of verbs.

using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>What the options of one command say. Owned by its <see cref="OperatorCommand"/>.</summary>
internal sealed class CommandOptions
{
    /// <summary>The longest list that one reply carries: some 30 MB of JSON.</summary>
    public const int MostMaxItems = 100_000;

    /// <summary>Those that take no value.</summary>
    private static readonly string[] _switches =
    [
        "--errors", "--no-rcpt-events", "--mode-events", "--origin", "--set", "--retry-recipients", "--dsn", "--no-accounting", "--log-data",
        "--log-resolution", "--to-log", "--tcp", "--edns", "--connect", "--use-dane", "--use-mta-sts", "--dumppackets", "--interactive", "--pause",
        "--schedule", "--siphash", "--hmac-sha256",
    ];

    private readonly HashSet<string> _on = [];

    /// <summary>Null when the operator did not say.</summary>
    public int? MaxItems { get; private set; }

    public bool Errors => _on.Contains("--errors");

    /// <summary>With the errors, what became of single recipients lately is left out.</summary>
    public bool NoRecipientEvents => _on.Contains("--no-rcpt-events");

    /// <summary>What mode each queue is in, since which reply and until when, is told below it.</summary>
    public bool ModeEvents => _on.Contains("--mode-events");

    /// <summary>Values come with where they came from.</summary>
    public bool Origin => _on.Contains("--origin");

    /// <summary>Values that nobody has set are left out.</summary>
    public bool OnlySet => _on.Contains("--set");

    public bool? Connected { get; private set; }

    public bool? Paused { get; private set; }

    public QueueMode? Mode { get; private set; }

    public ListSort? Sort { get; private set; }

    /// <summary>A virtual MTA's name, a star standing for anything.</summary>
    public string VirtualMta { get; private set; } = "*";

    public bool RetryRecipients => _on.Contains("--retry-recipients");

    public TimeSpan? ReenableAfter { get; private set; }

    public bool Dsn => _on.Contains("--dsn");

    public bool NoAccounting => _on.Contains("--no-accounting");

    public IPAddress? Server { get; private set; }

    /// <summary>The content is shown too.</summary>
    public bool LogData => _on.Contains("--log-data");

    /// <summary>What names resolve to is shown too.</summary>
    public bool LogResolution => _on.Contains("--log-resolution");

    /// <summary>What is shown goes to the log too.</summary>
    public bool ToLog => _on.Contains("--to-log");

    public IPAddress? SourceAddress { get; private set; }

    /// <summary>DNS is asked over TCP.</summary>
    public bool Tcp => _on.Contains("--tcp");

    /// <summary>Each host is connected to, and greeted.</summary>
    public bool Connect => _on.Contains("--connect");

    /// <summary>As if use-dane were set.</summary>
    public bool UseDane => _on.Contains("--use-dane");

    /// <summary>As if use-mta-sts were set.</summary>
    public bool UseMtaSts => _on.Contains("--use-mta-sts");

    /// <summary>What DNS was asked and said is shown, octet by octet.</summary>
    public bool DumpPackets => _on.Contains("--dumppackets");

    /// <summary>What DNS was asked and said is shown, without the octets.</summary>
    public bool Interactive => _on.Contains("--interactive");

    public bool SipHash => _on.Contains("--siphash");

    public bool HmacSha256 => _on.Contains("--hmac-sha256");

    /// <summary>Of a digest; null when none was given.</summary>
    public byte[]? Key { get; private set; }

    public RecipientFilter Filter { get; private set; } = new();

    /// <summary>Whether an option of this name must have a value.</summary>
    public static bool NeedsValue(string name) => !_switches.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The reason why it cannot be taken; empty when it was.</summary>
    public string Read(string name, string? value)
    {
        string key = name.ToLowerInvariant();
        return !NeedsValue(key)
            ? value is null ? Switch(key) : $"{name} takes no value"
            : string.IsNullOrEmpty(value) && key != "--maxitems" ? $"{name} needs a value, as in {name}={Example(key)}"
            : ReadValue(key, value ?? "") ? "" : $"{name} needs {Shape(key)}, as in {name}={Example(key)}";
    }

    private string Switch(string key)
    {
        _on.Add(key);
        Filter = Filter with { OnlyPaused = _on.Contains("--pause"), OnlyScheduled = _on.Contains("--schedule") };
        return "";
    }

    private bool ReadValue(string key, string value)
    {
        switch (key)
        {
            case "--maxitems":
                bool counted = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most is > 0 and <= MostMaxItems;
                MaxItems = most;
                return counted;
            case "--connected":
                return (Connected = YesNo(value)) is not null;
            case "--paused":
                return (Paused = YesNo(value)) is not null;
            case "--mode":
                return (Mode = ModeOf(value)) is not null;
            case "--sort":
                return (Sort = SortOf(value)) is not null;
            case "--vmta":
                VirtualMta = value;
                return true;
            case "--reenable-after":
                return (ReenableAfter = Time(value)) is not null;
            case "--source-ip" or "--source":
                SourceAddress = IPAddress.TryParse(value, out IPAddress? source) ? source : null;
                return SourceAddress is not null;
            case "--server":
                Server = IPAddress.TryParse(value, out IPAddress? address) ? address : null;
                return Server is not null;
            case "--key":
                Key = Encoding.UTF8.GetBytes(value);
                return true;
            case "--hexkey":
                Key = IsHex(value) ? Convert.FromHexString(value) : null;
                return Key is not null;
            default:
                return ReadFilter(key, value);
        }
    }

    private bool ReadFilter(string key, string value)
    {
        switch (key)
        {
            case "--queue":
                bool named = QueuePattern.TryParse(value, out QueuePattern queue);
                Filter = Filter with { Queue = queue };
                return named;
            case "--jobid":
                Filter = Filter with { Job = value };
                return true;
            case "--rcpt":
                Filter = Filter with { Recipient = value };
                return true;
            case "--orig":
                Filter = Filter with { Sender = value };
                return true;
            case "--envid":
                Filter = Filter with { EnvelopeId = value };
                return true;
            case "--older-than":
                return (Filter = Filter with { OlderThan = Time(value) }).OlderThan is not null;
            case "--priority":
                bool weighed = TryPriority(value, out byte priority);
                Filter = Filter with { Priority = priority };
                return weighed;
            default:
                throw new InvalidOperationException($"nobody reads the option {key}");
        }
    }

    /// <summary>0 to 100.</summary>
    public static bool TryPriority(string text, out byte priority) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out priority) && priority <= 100;

    private static bool IsHex(string text) => text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit);

    private static string Shape(string key) => key switch
    {
        "--maxitems" => $"a number from 1 to {MostMaxItems}",
        "--priority" => "a number from 0 to 100",
        "--connected" or "--paused" => "yes or no",
        "--mode" => "normal or backoff",
        "--sort" => "rcpt, name or size",
        "--reenable-after" or "--older-than" => "a time",
        "--server" or "--source-ip" or "--source" => "an address",
        "--hexkey" => "hexadecimal digits, two for each octet",
        _ => "the name of a queue",
    };

    private static string Example(string key) => key switch
    {
        "--maxitems" or "--priority" => "50",
        "--connected" or "--paused" => "yes",
        "--mode" => "normal",
        "--sort" => "name",
        "--reenable-after" or "--older-than" => "4d12h",
        "--server" => "192.0.2.53",
        "--source-ip" or "--source" => "192.0.2.1",
        "--rcpt" or "--orig" => "*@bigmail.example",
        "--queue" => "bigmail.example/vmta1",
        "--vmta" => "vmta1",
        "--key" => "secret",
        "--hexkey" => "736563726574",
        _ => "campaign-7",
    };

    private static bool? YesNo(string text) => text.ToLowerInvariant() switch
    {
        "yes" => true,
        "no" => false,
        _ => null,
    };

    private static QueueMode? ModeOf(string text) => text.ToLowerInvariant() switch
    {
        "normal" => QueueMode.Normal,
        "backoff" => QueueMode.Backoff,
        _ => null,
    };

    private static ListSort? SortOf(string text) => text.ToLowerInvariant() switch
    {
        "rcpt" => ListSort.Recipients,
        "name" => ListSort.Name,
        "size" => ListSort.Size,
        _ => null,
    };

    /// <summary>The configuration's times: 4d12h, 10m, or bare seconds.</summary>
    private static TimeSpan? Time(string text) => ValueParsers.Time.TryRead(text, new ValueReading(""), out object? value) ? (TimeSpan?)value : null;
}
