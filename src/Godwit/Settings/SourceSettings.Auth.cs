// What of <source> is about authentication.

using Godwit.Foundation;

namespace Godwit.Settings;

public sealed partial record SourceSettings
{
    /// <summary>AUTH is offered, if there is anybody who could use it.</summary>
    public bool AllowAuth { get; init; } = true;

    /// <summary>No mail from clients that did not authenticate.</summary>
    public bool RequireAuth { get; init; }

    /// <summary>PLAIN and LOGIN also where the network can read them.</summary>
    public bool AllowUnencryptedPlainAuth { get; init; }

    /// <summary>No AUTH at all outside TLS.</summary>
    public bool RequireStartTlsBeforeAuth { get; init; }

    /// <summary>Failures of one address before it is shut out for the rest of the period, which begins with the first of them.</summary>
    public Rate SmtpMaxAuthFailureRate { get; init; }

    /// <summary>Put before the name of a job; <c>{auth}</c> is the user's name.</summary>
    public string JobIdPrefix { get; init; } = "";
}
