// The way back after trouble: one connection, then one more for each minute in which mail was taken. A provider that has just forgiven sees a trickle first.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>A ceiling on connections that rises by itself. A mutable struct: keep it in a field.</summary>
internal struct ConnectionRamp
{
    /// <summary>Between two steps. Google asks for one connection at a time and names no pace; a minute shows it several replies of each.</summary>
    public static readonly TimeSpan StepTime = TimeSpan.FromMinutes(1);

    /// <summary>How long a queue without mail remembers it: what a provider said an hour ago about mail that has ceased is old.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private int _ceiling;
    private Instant _nextStep;

    public readonly bool IsActive => _ceiling > 0;

    /// <summary>Connections that may be open; as many as the configuration says when no ramp is under way.</summary>
    public readonly int Most => IsActive ? _ceiling : int.MaxValue;

    /// <summary>How far it has come; null when none is under way.</summary>
    public readonly RampStep? Step => IsActive ? new RampStep(_ceiling, _nextStep) : null;

    public void Begin(Instant now) => (_ceiling, _nextStep) = (1, now + StepTime);

    /// <summary>Goes on from where it was before a restart.</summary>
    public void Resume(RampStep step) => (_ceiling, _nextStep) = (step.Ceiling, step.Next);

    /// <summary>Mail was taken. True when the ceiling has risen; at <paramref name="top"/> the ramp ends.</summary>
    public bool Delivered(int top, Instant now)
    {
        if (!IsActive || now < _nextStep)
        {
            return false;
        }

        _ceiling = _ceiling + 1 >= top ? 0 : _ceiling + 1;
        _nextStep = now + StepTime;
        return true;
    }
}
