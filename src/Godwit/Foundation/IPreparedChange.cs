namespace Godwit.Foundation;

/// <summary>
/// A change that was tried (a port is bound, a file is open) and has no effect yet. Of several such changes either all are put in force or all are
/// taken back. Exactly one of the two methods is called, once; neither fails.
/// </summary>
public interface IPreparedChange
{
    /// <summary>Puts the change in force. What was there before goes on for whoever uses it already.</summary>
    ValueTask CommitAsync();

    /// <summary>Takes it back, as if nothing had been tried.</summary>
    ValueTask CancelAsync();
}
