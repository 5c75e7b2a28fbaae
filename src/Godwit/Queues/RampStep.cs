using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>How far the way back after trouble has come (<see cref="ConnectionRamp"/>).</summary>
/// <param name="Ceiling">Connections that may be open; 0 when the way back has yet to begin.</param>
/// <param name="Next">When mail that is taken raises it.</param>
public readonly record struct RampStep(int Ceiling, Instant Next);
