using System.Text;

namespace Godwit.Control;

/// <summary><c>show registration</c>, <c>register</c>, <c>deregister</c>: PowerMTA's separate management console, which Godwit does not have.</summary>
/// <param name="outcome">Refused for the verbs that want something done.</param>
internal sealed class RegistrationReport(ReportOutcome outcome) : OperatorReport
{
    public override ReportOutcome Outcome => outcome;

    public override string Message => "Godwit has no management console to register with: each server has its own console on its management port.";

    public override ReportGroup ToTree() => new() { { "registered", false } };

    public override void WriteText(StringBuilder text) => text.Append("Not registered. ").Append(Message).Append('\n');
}
