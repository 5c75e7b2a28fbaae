// What clients of one kind may do: the frozen form of <source>, merged from the shortest matching prefix to the longest, then the named one.

namespace Godwit.Settings;

/// <summary>The rules for one client connection. Defaults are PowerMTA's.</summary>
public sealed partial record SourceSettings
{
    /// <summary>The last block that took part, for logs: <c>10.0.0.0/8</c> or <c>{auth}</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>False: the client is greeted with 521.</summary>
    public bool SmtpService { get; init; } = true;

    public bool AlwaysAllowRelaying { get; init; }

    public bool AllowChunking { get; init; } = true;

    public bool AllowSmtpUtf8 { get; init; } = true;

    /// <summary>Offers STARTTLS (RFC 3207), where the listener has a certificate.</summary>
    public bool AllowStartTls { get; init; }

    /// <summary>Octets; 0 is no limit but the server's own.</summary>
    public long MaxMessageSize { get; init; }

    /// <summary>Received fields a message may carry.</summary>
    public int MaxMessageHops { get; init; } = 100;

    /// <summary>Recipients a message may have; 0 is no limit but the server's own.</summary>
    public int MaxRcptPerMessage { get; init; }

    public TimeSpan SmtpCommandTimeout { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan SmtpDataTimeout { get; init; } = TimeSpan.FromMinutes(10);

    public bool AddReceivedHeader { get; init; } = true;

    public DateHeaderUse AddDateHeader { get; init; }

    public bool AddMessageIdHeader { get; init; }

    public bool HideMessageSource { get; init; }

    /// <summary>Header fields removed from what this source submits.</summary>
    public IReadOnlyList<string> RemoveHeaders { get; init; } = [];

    public bool ProcessXVirtualMta { get; init; }

    public bool RetainXVirtualMta { get; init; }

    /// <summary>An unknown virtual MTA refuses the message; otherwise the server's fallback or the default is used.</summary>
    public bool RejectInvalidVirtualMta { get; init; } = true;

    public bool AllowEmptyXVirtualMta { get; init; }

    public bool ProcessXJob { get; init; }

    public bool RetainXJob { get; init; }

    public bool ProcessXEnvId { get; init; }

    public bool ProcessXSchedule { get; init; }

    public bool ProcessXDkimOptions { get; init; }

    public bool RetainXDkimOptions { get; init; }

    public bool ProcessXDkimKey { get; init; }

    public bool RetainXDkimKey { get; init; }

    public bool RetainXSchedule { get; init; }

    /// <summary>The list that chooses where the message itself does not; empty when none.</summary>
    public string PatternList { get; init; } = "";

    /// <summary>Virtual MTA or pool for mail that names none; empty when none.</summary>
    public string DefaultVirtualMta { get; init; } = "";

    /// <summary>No bounce messages go to senders behind this source.</summary>
    public bool SuppressLocalDsn { get; init; }

    public bool LogConnections { get; init; }

    public bool LogCommands { get; init; }

    /// <summary>Shows the content of each message.</summary>
    public bool LogData { get; init; }

    /// <summary>Says how each handshake ended.</summary>
    public bool LogTls { get; init; }
}
