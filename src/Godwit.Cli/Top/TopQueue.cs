namespace Godwit.Cli.Top;

/// <summary>A queue as the list shows it.</summary>
/// <param name="Change">Recipients more or fewer than at the last look; null when it was not seen then.</param>
/// <param name="Retry">The server's time of the next try; empty when there is none.</param>
/// <param name="Why">The newest error, or else why nothing leaves.</param>
internal sealed record TopQueue(
    string Name, long Recipients, long? Change, decimal Kbytes, int Connections, bool Paused, bool Backoff, string Retry, string Why);
