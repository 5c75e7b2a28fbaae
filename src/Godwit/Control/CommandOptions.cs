// The options of the verbs, each read once: --name or --name=value. Which verb takes which stands in the table of verbs.

using System.Globalization;
using System.Net;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>What the options of one command say. Owned by its <see cref="OperatorCommand"/>.</summary>
internal sealed class CommandOptions
{
    /// <summary>The longest list that one reply carries: some 30 MB of JSON.</summary>
    public const int MostMaxItems = 100_000;

    /// <summary>Null when the operator did not say.</summary>
    public int? MaxItems { get; private set; }

    public bool Errors { get; private set; }

    /// <summary>Values come with where they came from.</summary>
    public bool Origin { get; private set; }

    /// <summary>Values that nobody has set are left out.</summary>
    public bool OnlySet { get; private set; }

    public bool? Connected { get; private set; }

    public bool? Paused { get; private set; }

    public QueueMode? Mode { get; private set; }

    public ListSort? Sort { get; private set; }

    /// <summary>A virtual MTA's name, a star standing for anything.</summary>
    public string VirtualMta { get; private set; } = "*";

    public bool RetryRecipients { get; private set; }

    public TimeSpan? ReenableAfter { get; private set; }

    public bool Dsn { get; private set; }

    public bool NoAccounting { get; private set; }

    public IPAddress? Server { get; private set; }

    /// <summary>The content is shown too.</summary>
    public bool LogData { get; private set; }

    /// <summary>What names resolve to is shown too.</summary>
    public bool LogResolution { get; private set; }

    /// <summary>What is shown goes to the log too.</summary>
    public bool ToLog { get; private set; }

    public IPAddress? SourceAddress { get; private set; }

    /// <summary>DNS is asked over TCP.</summary>
    public bool Tcp { get; private set; }

    /// <summary>Each host is connected to, and greeted.</summary>
    public bool Connect { get; private set; }

    /// <summary>As if use-dane were set.</summary>
    public bool UseDane { get; private set; }

    /// <summary>As if use-mta-sts were set.</summary>
    public bool UseMtaSts { get; private set; }

    public RecipientFilter Filter { get; private set; } = new();

    /// <summary>The reason why it cannot be taken; empty when it was.</summary>
    public string Read(string name, string? value)
    {
        string key = name.ToLowerInvariant();
        return IsSwitch(key)
            ? value is null ? Switch(key) : $"{name} takes no value"
            : string.IsNullOrEmpty(value) && key != "--maxitems" ? $"{name} needs a value, as in {name}={Example(key)}"
            : ReadValue(key, value ?? "") ? "" : $"{name} needs {Shape(key)}, as in {name}={Example(key)}";
    }

    private static bool IsSwitch(string key) => key is "--errors" or "--origin" or "--set" or "--retry-recipients" or "--dsn" or "--no-accounting"
        or "--log-data" or "--log-resolution" or "--to-log" or "--tcp" or "--connect" or "--use-dane" or "--use-mta-sts" or "--pause" or "--schedule";

    private string Switch(string key)
    {
        switch (key)
        {
            case "--errors":
                Errors = true;
                break;
            case "--origin":
                Origin = true;
                break;
            case "--set":
                OnlySet = true;
                break;
            case "--retry-recipients":
                RetryRecipients = true;
                break;
            case "--dsn":
                Dsn = true;
                break;
            case "--no-accounting":
                NoAccounting = true;
                break;
            case "--log-data":
                LogData = true;
                break;
            case "--log-resolution":
                LogResolution = true;
                break;
            case "--to-log":
                ToLog = true;
                break;
            case "--tcp":
                Tcp = true;
                break;
            case "--connect":
                Connect = true;
                break;
            case "--use-dane":
                UseDane = true;
                break;
            case "--use-mta-sts":
                UseMtaSts = true;
                break;
            case "--pause":
                Filter = Filter with { OnlyPaused = true };
                break;
            default:
                Filter = Filter with { OnlyScheduled = true };
                break;
        }

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

    private static string Shape(string key) => key switch
    {
        "--maxitems" => $"a number from 1 to {MostMaxItems}",
        "--priority" => "a number from 0 to 100",
        "--connected" or "--paused" => "yes or no",
        "--mode" => "normal or backoff",
        "--sort" => "rcpt, name or size",
        "--reenable-after" or "--older-than" => "a time",
        "--server" or "--source-ip" or "--source" => "an address",
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
