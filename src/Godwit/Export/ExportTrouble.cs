using Godwit.Foundation;

namespace Godwit.Export;

/// <summary>Records that wait because their program or receiver does not take them.</summary>
/// <param name="Name">The path of the <c>&lt;acct-file&gt;</c>, or the program without what it is given.</param>
/// <param name="Since">Of the first refusal in a row.</param>
/// <param name="Text">What is wrong, how much waits, and what to do where anything is to be done.</param>
public sealed record ExportTrouble(string Name, Instant Since, string Text);
